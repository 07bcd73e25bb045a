/* Secrets as files: whole, private, and gone when they are no longer sent. */
#include <criterion/criterion.h>
#include <sys/stat.h>

#include "gateway/credentials.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "tests/support/arena_fixture.h"

static char folder[] = "/tmp/weir-cred-XXXXXX";
static const char *inside;

static void
given_folder(void)
{
    given_arena();
    cr_assert(mkdtemp(folder));
    inside = text_c_string(arena, text_format(arena, "%s/credentials", folder));
    cr_assert(credentials_open(inside, NULL));
}

static void
end_folder(void)
{
    credentials_prune(inside, &(struct control_secret_list){0});
    rmdir(inside);
    rmdir(folder);
    end_arena();
}

TestSuite(credentials, .init = given_folder, .fini = end_folder);

static const char *
path_of(const char *name)
{
    return text_c_string(arena, text_format(arena, "%s/%s", inside, name));
}

static bool
holds(const char *name, const char *value)
{
    struct text bytes;
    return file_read(arena, path_of(name), 1024, &bytes, NULL) && text_equals(bytes, text_of(value));
}

Test(credentials, each_is_a_file_that_only_we_can_read)
{
    struct control_secret secrets[] = {{.file = TEXT("openai-key"), .value = TEXT("sk-1")},
                                       {.file = TEXT("azure.key"), .value = TEXT("sk-2")}};
    struct stat status;

    cr_assert(credentials_write(inside, &(struct control_secret_list){secrets, 2}, NULL));

    cr_assert(holds("openai-key", "sk-1") && holds("azure.key", "sk-2"));
    cr_assert_eq(stat(path_of("openai-key"), &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0600);
    cr_assert_eq(stat(inside, &status), 0);
    cr_assert_eq(status.st_mode & 0777, 0700);
}

Test(credentials, a_new_value_replaces_and_what_is_not_sent_goes)
{
    struct control_secret first[] = {{.file = TEXT("a"), .value = TEXT("1")},
                                     {.file = TEXT("b"), .value = TEXT("2")}};
    struct control_secret second[] = {{.file = TEXT("b"), .value = TEXT("3")}};
    cr_assert(credentials_write(inside, &(struct control_secret_list){first, 2}, NULL));

    cr_assert(credentials_write(inside, &(struct control_secret_list){second, 1}, NULL));
    credentials_prune(inside, &(struct control_secret_list){second, 1});

    cr_assert_not(holds("a", "1"));
    cr_assert(holds("b", "3"));
}

Test(credentials, a_name_that_leads_elsewhere_is_refused_before_anything_is_written)
{
    static const char *const names[] = {"../evil", "a/b", "/etc/x", "..", ".hidden", "", "a b", "a\nb"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct control_secret secrets[] = {{.file = TEXT("fine"), .value = TEXT("sk-secret")},
                                           {.file = text_of(names[i]), .value = TEXT("sk-secret")}};
        struct error err = {0};
        cr_assert_not(credentials_write(inside, &(struct control_secret_list){secrets, 2}, &err));
        cr_assert(text_find(text_of(err.message), TEXT("sk-secret")) < 0);
        cr_assert_not(holds("fine", "sk-secret"));
    }
}

Test(credentials, a_folder_that_cannot_be_written_says_which_and_not_what)
{
    struct control_secret secrets[] = {{.file = TEXT("a"), .value = TEXT("sk-secret")}};
    struct error err = {0};

    cr_assert_not(credentials_write("/nonexistent/folder", &(struct control_secret_list){secrets, 1}, &err));

    cr_assert(text_find(text_of(err.message), TEXT("/nonexistent/folder/a")) >= 0, "%s", err.message);
    cr_assert(text_find(text_of(err.message), TEXT("sk-secret")) < 0);
}

Test(credentials, values_are_wiped_when_asked)
{
    struct text value = text_copy(arena, TEXT("sk-secret"));
    struct control_secret secrets[] = {{.file = TEXT("a"), .value = value}};

    credentials_forget(&(struct control_secret_list){secrets, 1});

    cr_assert_eq(value.bytes[0], '\0');
    cr_assert_eq(value.bytes[8], '\0');
}
