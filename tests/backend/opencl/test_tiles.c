/* test_tiles.c - tiles as text: what means something comes back, and nothing else does. */
#include <criterion/criterion.h>
#include <string.h>

#include "lib/backend/opencl/tiles.h"

static const opencl_found cpu = {.type = CL_DEVICE_TYPE_CPU, .vector_width = 16, .max_group = 4096};
static const opencl_found gpu = {.type = CL_DEVICE_TYPE_GPU, .vector_width = 1, .max_group = 128};

static opencl_tiles tiles_of_text(const char *text, const opencl_found *device) {
    opencl_tiles tiles = {0};
    clenet_error error;
    cr_assert_eq(tiles_read(&tiles, text, device, &error), CLENET_OK, "%s", error.message);
    return tiles;
}

Test(tiles, a_kind_has_its_defaults_and_a_number_takes_the_place_of_one) {
    opencl_tiles usual = tiles_of_text("vector", &cpu), changed = tiles_of_text("vector,filters=8,groups=4", &cpu);
    cr_expect_eq(changed.filters, 8);
    cr_expect_eq(changed.groups, 4);
    changed.filters = usual.filters;
    changed.groups = usual.groups;
    cr_expect_eq(memcmp(&usual, &changed, sizeof usual), 0);
}

Test(tiles, processors_want_vectors_and_others_groups) {
    opencl_found llvmpipe = cpu, avx2 = cpu;
    llvmpipe.vector_width = 1;
    avx2.vector_width = 8;
    cr_expect_str_eq(tiles_kind(&cpu), "vector");
    cr_expect_str_eq(tiles_kind(&avx2), "vector8");
    cr_expect_str_eq(tiles_kind(&gpu), "group");
    cr_expect_str_eq(tiles_kind(&llvmpipe), "group,outputs=1,parts=1,group=64");
}

Test(tiles, a_group_is_no_larger_than_the_device_bears) {
    cr_expect_eq(tiles_of_text("group,group=256", &gpu).group, 128);
}

Test(tiles, what_no_kernel_can_be_built_with_is_refused_by_its_name) {
    static const char *const wrong[] = {"",
                                        "fast",
                                        "vectors",
                                        "vector,",
                                        "vector,filters",
                                        "vector,filters=",
                                        "vector,filters=0",
                                        "vector,filters=-1",
                                        "vector,filters=8x",
                                        "vector,filters=99999",
                                        "vector,filters=8;columns=2",
                                        "vector,speed=9",
                                        "vector,width=3",
                                        "vector,width=32,lanes=32",
                                        "vector,lanes=8",
                                        "group,group=48",
                                        "group,lanes=24",
                                        "group,outputs=3"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        opencl_tiles tiles;
        clenet_error error = {0};
        cr_expect_eq(tiles_read(&tiles, wrong[i], &gpu, &error), CLENET_ERROR_ARGUMENT, "'%s' is taken", wrong[i]);
        cr_expect_not_null(strstr(error.message, wrong[i]), "%s", error.message);
    }
}

Test(tiles, candidates_are_the_text_with_one_number_changed_and_can_all_be_read) {
    static const char *const starts[] = {"vector", "vector8", "group,width=4"};
    for (int k = 0; k < 3; k++) {
        int count = 0;
        char candidate[TILES_TEXT];
        for (int i = 0; tiles_candidate(candidate, i, starts[k], false); i++) {
            if (candidate[0] == '\0') continue;
            (void)tiles_of_text(candidate, &cpu);
            cr_expect_str_neq(candidate, starts[k]);
            count++;
        }
        cr_expect_gt(count, 15);
    }
}

Test(tiles, dense_tiles_are_not_tried_if_a_library_makes_the_products) {
    char candidate[TILES_TEXT];
    for (int i = 0; tiles_candidate(candidate, i, "group", true); i++)
        cr_expect(!strstr(candidate, "neurons") && !strstr(candidate, "outputs"), "%s", candidate);
}

Test(tiles, a_number_goes_back_to_its_default) {
    char candidate[TILES_TEXT];
    bool found = false;
    for (int i = 0; tiles_candidate(candidate, i, "vector,filters=8", false); i++)
        found = found || strcmp(candidate, "vector") == 0;
    cr_expect(found);
}
