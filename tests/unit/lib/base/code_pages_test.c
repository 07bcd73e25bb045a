/* Nothing is lost with them: the program goes on, its constants are as before. */
#include "lib/base/code_pages.h"

#include <criterion/criterion.h>

static const char words[] = "what was never written to comes back from the file";
static char written[] = "what was written to stays";

Test(code_pages, a_program_goes_on_without_them)
{
    written[0] = 'W';

    code_pages_release();

    cr_assert_str_eq(words, "what was never written to comes back from the file");
    cr_assert_str_eq(written, "What was written to stays");
}
