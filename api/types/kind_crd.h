/* A kind as Kubernetes wants it declared: apiextensions.k8s.io/v1 CustomResourceDefinition. */
#pragma once

struct arena;
struct document;
struct kind;

/* The whole definition. Only of our own kinds. A stored object stays as it was written: defaults fill in
 * fields of objects that are there, never objects that are not (our decoder does that when it reads). */
struct document *kind_crd(struct arena *arena, const struct kind *kind);
