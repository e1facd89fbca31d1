/* page_result.c - see page_parts.h. The result of one network, and how far it can be trusted. */
#include <math.h>

#include "cmd/page/page_parts.h"
#include "lib/base/count.h"

enum { MEANING_SIZE = 384, NAME_SIZE = 256 };

static void put_fact_list(FILE *page, const page_facts *facts) {
    char value[64], note[128];
    const clenet_training_result *result = facts->result;
    html_block(page, "facts");
    (void)snprintf(value, sizeof value, "%d", result->epochs);
    (void)snprintf(note, sizeof note, "%s; kept: epoch %d, the %s", facts->stop, result->kept,
                   facts->best ? "best" : "last");
    html_block(page, "fact", "Epochs", value, note);
    html_block(page, "fact", "Time", facts->time, "for all epochs");
    html_block(page, "fact", "Images per second", facts->speed, "in training");
    html_block(page, "fact-whole", "Device", facts->device, facts->lost);
    html_block(page, "facts-end");
}

/* How the kept epoch was chosen on the images held out, and what that means for new ones. */
static void describe_choice(char text[MEANING_SIZE], const page_facts *facts) {
    const clenet_training_result *result = facts->result;
    const history *run = facts->epochs;
    const char *images = page_words_of(facts->dataset).images;
    char last[SHARE_SIZE];
    int length = snprintf(text, MEANING_SIZE, "This is the validation accuracy of epoch %d of %d. ", result->kept,
                          result->epochs);
    text += length;
    size_t size = MEANING_SIZE - (size_t)length;
    if (result->epochs == 1)
        (void)snprintf(text, size, "There was no other epoch to choose from, so expect about the same on new %s.",
                       images);
    else if (!facts->best)
        (void)snprintf(text, size,
                       "The last epoch was kept, not the one that did best on these %s, so expect about the same on "
                       "new ones.",
                       images);
    else if (result->kept == result->epochs || run->count == 0)
        (void)snprintf(text, size,
                       "This epoch was chosen because it did best on these very %s, so expect slightly less on new "
                       "ones. It is also the last epoch.",
                       images);
    else
        (void)snprintf(text, size,
                       "This epoch was chosen because it did best on these very %s, so expect slightly less on new "
                       "ones; the last epoch reached %s.",
                       images, page_percent(last, run->epochs[run->count - 1].val_accuracy));
}

/* On the file of --test, which no epoch was chosen by. */
static void put_tested(FILE *page, const page_facts *facts) {
    char which[NAME_SIZE], text[MEANING_SIZE], share[SHARE_SIZE];
    const char *images = page_words_of(facts->dataset).images;
    double val_accuracy = facts->result->best.val_accuracy;
    (void)snprintf(which, sizeof which, "in %.200s", facts->test);
    page_share(page, images, which, facts->tested);
    page_meaning(
        page, images,
        "This is the test accuracy. The network did not train on these images, and no epoch was chosen by them, so "
        "expect about the same on new images like these.",
        facts->tested);
    page_left_out(page, facts->tested);
    if (isnan(val_accuracy)) return;
    (void)snprintf(text, sizeof text, "On the %s held out of the training data, the validation accuracy is %s%s.",
                   images, page_percent(share, val_accuracy),
                   facts->best ? ": slightly too good, because this epoch was chosen by it" : "");
    html_block(page, "note", text);
}

static void put_final(FILE *page, const page_facts *facts) {
    const char *images = page_words_of(facts->dataset).images;
    const clenet_epoch *kept = &facts->result->best;
    char meaning[MEANING_SIZE];
    describe_choice(meaning, facts);
    if (facts->tested.rows > 0) {
        page_begin_result(page, page_score_share(facts->tested));
        put_tested(page, facts);
    } else if (facts->found != NULL) {
        const page_score held = {.right = facts->found->right, .rows = facts->found->rows};
        page_begin_result(page, page_score_share(held));
        page_share(page, images, "that the network did not train on", held);
        page_meaning(page, images, meaning, held);
    } else if (!isnan(kept->val_accuracy)) {
        page_begin_result(page, kept->val_accuracy);
        html_block(page, "share-validation", images, meaning);
    } else {
        page_begin_result(page, kept->accuracy);
        html_block(page, "share-training", images);
    }
    page_draw_link(page, facts->folder, page_words_of(facts->dataset).digits);
    put_fact_list(page, facts);
    page_end(page);
}

/* ---- of a run in progress --------------------------------------------------------------------------------------- */

static void put_live(FILE *page, const page_facts *facts) {
    const page_live *live = facts->live;
    const clenet_training_result *result = facts->result;
    const clenet_epoch *best = &result->best;
    bool validated = !isnan(best->val_accuracy);
    char text[MEANING_SIZE], done[COUNT_SIZE], all[COUNT_SIZE];
    page_begin_result(page, validated ? best->val_accuracy : best->accuracy);
    (void)snprintf(text, sizeof text, "after epoch %d%s", result->kept,
                   facts->best && result->kept < result->epochs ? ", the best so far" : "");
    html_block(page, "live-share", page_words_of(facts->dataset).images, validated ? "held out" : "that it trains on",
               text);
    (void)snprintf(done, sizeof done, "%d", result->epochs);
    (void)snprintf(all, sizeof all, "%d", live->epochs);
    html_block(page, "live", done, all);
    if (live->reload > 0) {
        (void)snprintf(text, sizeof text, "%d", live->reload);
        html_block(page, "live-running", live->as_of, done, all, facts->time, live->left, text);
    } else {
        html_block(page, "live-ended", live->as_of, done, all, facts->time);
    }
    html_block(page, "facts");
    html_block(page, "fact-whole", "Device", facts->device, facts->lost);
    html_block(page, "facts-end");
    page_end(page);
}

void page_put_result(FILE *page, const page_facts *facts) {
    if (facts->live != NULL)
        put_live(page, facts);
    else
        put_final(page, facts);
}
