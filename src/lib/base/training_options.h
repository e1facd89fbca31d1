/* training_options.h - the table of training options, for the library and for the command. */
#ifndef CLENET_LIB_BASE_TRAINING_OPTIONS_H
#define CLENET_LIB_BASE_TRAINING_OPTIONS_H

#include "clenet/clenet.h"
#include "lib/base/setting.h"

/* What a run that is resumed makes of an option. */
typedef enum training_resume {
    RESUME_SAME,   /* it decides the numbers: stored in checkpoints, and must be what it was */
    RESUME_FREE,   /* stored in checkpoints, and may differ, if no rule in lib/train/options.c says otherwise */
    RESUME_UNSAVED /* of the caller alone: in no checkpoint */
} training_resume;

/* One row of training_options.def. */
typedef struct training_option {
    const char *field; /* of clenet_training_options: "learning_rate" */
    const char *label; /* in plain words: "learning rate" */
    setting_kind kind;
    size_t offset; /* in clenet_training_options */
    setting_range range;
    const char *const *words; /* of a choice; NULL ends them */
    training_resume resume;
    /* Of the command's option; all NULL if the command has none. */
    const char *name;   /* without the dashes: "learning-rate" */
    const char *alias;  /* another name that is understood; may be NULL */
    const char *value;  /* what help and manual call the value: "RATE" */
    const char *help;   /* a phrase */
    const char *manual; /* more sentences, for the manual page; "": none */
} training_option;

/* How many rows there are. */
#define FIELD(...) +1
#define OPTION(...) +1
#define CALLER(...)
enum {
    TRAINING_OPTIONS =
#include "lib/base/training_options.def"
};
#undef FIELD
#undef OPTION
#undef CALLER

extern const training_option training_options[TRAINING_OPTIONS];
extern const clenet_training_options training_defaults;

/* A word for each value of an enum; NULL ends them. */
extern const char *const training_monitors[],
    *const training_keeps[], *const training_optimizers[], *const training_schedules[], *const training_augments[];

/* The value of the option, as setting_text() writes it. */
char *training_option_text(char text[SETTING_TEXT], const training_option *option,
                           const clenet_training_options *options, int digits);

#endif
