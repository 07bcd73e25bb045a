/* Which files count as manifests. */
#include <criterion/criterion.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "operator/local/folder_scan.h"
#include "tests/unit/operator/local/temporary.h"

TestSuite(folder_scan, .init = given_temporary_folder, .fini = end_temporary_folder);

static struct folder_listing
scan(const char *folder)
{
    struct folder_listing listing = {0};
    struct error err = {0};
    cr_assert(folder_scan(test_arena, folder, &listing, &err), "%s", err.message);
    return listing;
}

Test(folder_scan, lists_manifests_by_path_and_nothing_else)
{
    write_file("b.yaml", "");
    write_file("a.json", "");
    write_file("sub/c.yml", "");
    write_file("a.yaml~", "");
    write_file(".a.yaml.swp", "");
    write_file("4913", "");

    struct folder_listing listing = scan(test_folder);

    cr_assert_eq(listing.file_count, 3);
    cr_assert(text_equals(listing.files[0].path, TEXT("a.json")));
    cr_assert(text_equals(listing.files[1].path, TEXT("b.yaml")));
    cr_assert(text_equals(listing.files[2].path, TEXT("sub/c.yml")));
}

Test(folder_scan, follows_no_link_out_of_the_folder)
{
    write_file("outside.yaml", "");
    write_file("inside/a.yaml", "");
    cr_assert_eq(symlink("../outside.yaml", in_folder("inside/link.yaml")), 0);
    cr_assert_eq(symlink("..", in_folder("inside/up")), 0);

    struct folder_listing listing = scan(in_folder("inside"));

    cr_assert_eq(listing.file_count, 1);
    cr_assert_eq(listing.left_out.count, 1);
    cr_assert(text_find(listing.left_out.items[0], TEXT("link out of the folder")) >= 0);
}

Test(folder_scan, reads_a_mounted_config_map_once)
{
    write_file("..2026/a.yaml", "");
    cr_assert_eq(symlink("..2026", in_folder("..data")), 0);
    cr_assert_eq(symlink("..data/a.yaml", in_folder("a.yaml")), 0);

    struct folder_listing listing = scan(test_folder);

    cr_assert_eq(listing.file_count, 1);
    cr_assert(text_equals(listing.files[0].path, TEXT("a.yaml")));
}

Test(folder_scan, lists_a_file_with_two_names_once)
{
    write_file("a.yaml", "");
    cr_assert_eq(symlink("a.yaml", in_folder("b.yaml")), 0);

    cr_assert_eq(scan(test_folder).file_count, 1);
}

Test(folder_scan, a_folder_that_is_not_there_is_an_error_and_not_an_empty_one)
{
    struct folder_listing listing;
    struct error err = {0};

    cr_assert_not(folder_scan(test_arena, in_folder("nothing"), &listing, &err));
    cr_assert_eq(err.kind, ERROR_NOT_FOUND);
}

Test(folder_scan, a_new_version_of_a_file_has_another_stamp)
{
    write_file("a.yaml", "one");
    struct file_stamp before = scan(test_folder).files[0].stamp;
    write_file("new", "two");
    cr_assert_eq(rename(in_folder("new"), in_folder("a.yaml")), 0);

    struct file_stamp after = scan(test_folder).files[0].stamp;

    cr_assert_not(file_stamp_equals(&before, &after));
    cr_assert(file_stamp_equals(&after, &after));
}

Test(folder_scan, knows_which_paths_it_would_come_to)
{
    cr_assert(folder_would_scan("/a/b", "/a/b/state"));
    cr_assert(folder_would_scan("/a/b", "/a/b"));
    cr_assert_not(folder_would_scan("/a/b", "/a/b/.weir"));
    cr_assert_not(folder_would_scan("/a/b", "/a/b/.hidden/state"));
    cr_assert_not(folder_would_scan("/a/b", "/a/bc/state"));
    cr_assert_not(folder_would_scan("/a/b", "/elsewhere"));
}
