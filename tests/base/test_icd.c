/* test_icd.c - the drivers that a loader looks for: files in a folder, one file, one library, a list of libraries. */
#include "lib/base/icd.h"

#include <sys/stat.h>

#include "../scratch.h"

static icd_driver drivers[ICD_MOST];

TestSuite(icd, .init = scratch_enter, .fini = scratch_leave);

Test(icd, a_folder_gives_the_first_line_of_each_icd_file_in_the_order_of_names) {
    scratch_text("b.icd", " \tlibb.so.1 \r\nlibnot-this.so\n");
    scratch_text("a.icd", "/opt/a b/liba.so");
    scratch_text("c.icd", "");
    scratch_text("readme", "libreadme.so\n");
    scratch_text(".icd", "libnameless.so\n");
    cr_assert_eq(icd_list(drivers, ".", NULL), 3);
    cr_expect_str_eq(drivers[0].file, "./a.icd");
    cr_expect_str_eq(drivers[0].library, "/opt/a b/liba.so");
    cr_expect_str_eq(drivers[1].library, "libb.so.1");
    cr_expect_str_eq(drivers[2].library, "");
}

Test(icd, one_icd_file_or_one_library_may_be_named) {
    scratch_text("b.icd", "libb.so.1\n");
    cr_assert_eq(icd_list(drivers, "b.icd", NULL), 1);
    cr_expect_str_eq(drivers[0].file, "b.icd");
    cr_expect_str_eq(drivers[0].library, "libb.so.1");
    cr_assert_eq(icd_list(drivers, "libc.so.2", NULL), 1);
    cr_expect_str_eq(drivers[0].file, "OCL_ICD_VENDORS");
    cr_expect_str_eq(drivers[0].library, "libc.so.2");
    cr_expect_eq(icd_list(drivers, "absent.icd", NULL), 0);
    cr_expect_eq(icd_list(drivers, "absent", NULL), 0);
    cr_expect_eq(icd_list(drivers, "", NULL), 0);
}

Test(icd, listed_libraries_follow_and_there_is_room_for_16) {
    char many[3 * ICD_MOST + 1] = "";
    scratch_text("b.icd", "libb.so.1\n");
    cr_assert_eq(icd_list(drivers, ".", ":libx.so::liby.so:"), 3);
    cr_expect_str_eq(drivers[1].file, "OCL_ICD_FILENAMES");
    cr_expect_str_eq(drivers[1].library, "libx.so");
    cr_expect_str_eq(drivers[2].library, "liby.so");
    for (int i = 0; i < ICD_MOST; i++) (void)strcat(many, "ab:");
    cr_expect_eq(icd_list(drivers, ".", many), ICD_MOST);
}
