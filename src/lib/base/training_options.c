/* training_options.c - the table of training_options.def, its defaults and its assertions. */
#include "lib/base/training_options.h"

/* ---- words ---------------------------------------------------------------------------------------------------------- */

#define COUNT(words) (sizeof(words) / sizeof(words)[0] - 1)

const char *const training_monitors[] = {"accuracy", "loss", "val_accuracy", "val_loss", NULL};
_Static_assert(COUNT(training_monitors) == CLENET_MONITOR_VAL_LOSS + 1, "a word for each clenet_monitor");

const char *const training_keeps[] = {"best", "last", NULL};
_Static_assert(COUNT(training_keeps) == CLENET_KEEP_LAST + 1, "a word for each clenet_keep");

const char *const training_optimizers[] = {"rmsprop", "sgd", "adam", "adamw", NULL};
_Static_assert(COUNT(training_optimizers) == CLENET_OPTIMIZER_ADAMW + 1, "a word for each clenet_optimizer");

const char *const training_schedules[] = {"constant", "cosine", "one-cycle", NULL};
_Static_assert(COUNT(training_schedules) == CLENET_SCHEDULE_ONE_CYCLE + 1, "a word for each clenet_schedule");

const char *const training_augments[] = {"none", "shift", "affine", "elastic", NULL};
_Static_assert(COUNT(training_augments) == CLENET_AUGMENT_ELASTIC + 1, "a word for each clenet_augment");

/* ---- the table ------------------------------------------------------------------------------------------------------ */

#define FIELD(field_, kind_, default_, low_, high_, words_, resume_, label_) \
    {.field = #field_,                                                       \
     .label = label_,                                                        \
     .kind = SETTING_##kind_,                                                \
     .offset = offsetof(clenet_training_options, field_),                    \
     .range = {low_, high_},                                                 \
     .words = words_,                                                        \
     .resume = RESUME_##resume_},
#define OPTION(field_, kind_, default_, low_, high_, words_, resume_, label_, name_, alias_, value_, help_, manual_) \
    {.field = #field_,                                                                                               \
     .label = label_,                                                                                                \
     .kind = SETTING_##kind_,                                                                                        \
     .offset = offsetof(clenet_training_options, field_),                                                            \
     .range = {low_, high_},                                                                                         \
     .words = words_,                                                                                                \
     .resume = RESUME_##resume_,                                                                                     \
     .name = name_,                                                                                                  \
     .alias = alias_,                                                                                                \
     .value = value_,                                                                                                \
     .help = help_,                                                                                                  \
     .manual = manual_},
#define CALLER(field_, type_)
const training_option training_options[TRAINING_OPTIONS] = {
#include "lib/base/training_options.def"
};
#undef FIELD
#undef OPTION
#undef CALLER

#define FIELD(field_, kind_, default_, ...) .field_ = default_,
#define OPTION(field_, kind_, default_, ...) .field_ = default_,
#define CALLER(field_, type_) .field_ = NULL,
const clenet_training_options training_defaults = {
    .size = sizeof(clenet_training_options),
#include "lib/base/training_options.def"
};
#undef FIELD
#undef OPTION
#undef CALLER

/* ---- what must be true of it ---------------------------------------------------------------------------------------- */

/* The struct of the public header, made of the rows: a field without a row, or a row out of order, does not compile. */
#define TYPE_FLAG bool
#define TYPE_INTEGER int
#define TYPE_SEED uint64_t
#define TYPE_FLOAT float
#define TYPE_REAL double
#define TYPE_CHOICE int
#define FIELD(field_, kind_, ...) TYPE_##kind_ field_;
#define OPTION(field_, kind_, ...) TYPE_##kind_ field_;
#define CALLER(field_, type_) type_ field_;
struct rows {
    size_t size;
#include "lib/base/training_options.def"
};
#undef FIELD
#undef OPTION
#undef CALLER
_Static_assert(sizeof(struct rows) == sizeof(clenet_training_options),
               "each field of clenet_training_options has a row in training_options.def");

/* An enum is no int to _Generic, but lies in memory like one. */
_Static_assert(sizeof(clenet_optimizer) == sizeof(int), "setting.c reads a choice as an int");
#define KIND(value)                      \
    _Generic((value), bool               \
             : SETTING_FLAG, int         \
             : SETTING_INTEGER, uint64_t \
             : SETTING_SEED, float       \
             : SETTING_FLOAT, double     \
             : SETTING_REAL, default     \
             : SETTING_CHOICE)
#define IN_PLACE(field_)                                                                       \
    _Static_assert(offsetof(struct rows, field_) == offsetof(clenet_training_options, field_), \
                   "the rows of training_options.def are in the order of the fields: " #field_);
#define FIELD(field_, kind_, ...) \
    IN_PLACE(field_)              \
    _Static_assert(KIND(((clenet_training_options *)NULL)->field_) == SETTING_##kind_, "the type of " #field_);
#define OPTION FIELD
#define CALLER(field_, type_) IN_PLACE(field_)
#include "lib/base/training_options.def"

char *training_option_text(char text[SETTING_TEXT], const training_option *option,
                           const clenet_training_options *options, int digits) {
    return setting_text(text, option->kind, option->words, (const char *)options + option->offset, digits);
}
