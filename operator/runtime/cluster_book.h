/* The book of budgets in a cluster, and what else is declared: each workspace's last plan has its share in
 * it. A new budget is in the book before gateways hear of it, and one that is gone stays in it until none has
 * a config with it: so an edit refuses no call.
 *
 * Only the leader publishes, and not before it knows a plan of every workspace: a book with some of them
 * would take the others' budgets away. */
#pragma once

struct arena;
struct cluster_book;
struct cluster_operator;
struct pass;

struct cluster_book *cluster_book_new(struct arena *arena, struct cluster_operator *op);
/* Leading began, and who we are towards the ledger is known. Nothing happens where there is no ledger. */
void cluster_book_begin(struct cluster_book *book);
void cluster_book_end(struct cluster_book *book);
/* The operator's certificate was renewed. */
void cluster_book_use_identity(struct cluster_book *book);
/* Before the pass tells gateways their configs. */
void cluster_book_note(struct cluster_book *book, const struct pass *pass);
/* After gateways acked, or a pass is over: what no config has any more leaves the book. */
void cluster_book_settle(struct cluster_book *book);
