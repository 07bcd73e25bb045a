/* Pages of programs and libraries that starting needed and running does not. */
#pragma once

/* Takes every page of code and constants of the program and its libraries out of this process; what is used
 * comes back from the page cache at the next touch (a minor fault). For a process that has come to rest:
 * forty libraries start with code that never runs again. Nothing that was written to is touched. */
void code_pages_release(void);
