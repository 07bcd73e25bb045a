/* Certificates made at test time: an authority and what it signs, as PEM files in a folder of the test's. */
#pragma once

struct certificate_files {
    char folder[32];
    char authority[64];
    char chain[64]; /* for localhost and 127.0.0.1 */
    char key[64];
    char other_authority[64]; /* which signed nothing here */
};

/* valid_days < 0: already expired. */
void certificates_make(struct certificate_files *out_files, int valid_days);
void certificates_remove(const struct certificate_files *files);
