/* What every object carries besides its spec: who it is and which version of it this is.
 *
 * Open: Kubernetes keeps more in metadata (managedFields and so on) than we act on. */
#pragma once

#include "lib/schema/fields.h"

/* clang-format off */
#define OBJECT_META_FIELDS(F, T)                                                                                       \
    F(T, TEXT, name, "name", REQUIRED, FORMAT(dns_subdomain), DOC("Unique among objects of this kind and namespace."))  \
    F(T, TEXT, namespace, "namespace", FORMAT(dns_label), DOC("The namespace it lives in; none for a Workspace."))     \
    F(T, TEXT_MAP, labels, "labels", MAX_ITEMS(128), MAX_LENGTH(63), DOC("Words to select objects by."))               \
    F(T, TEXT_MAP, annotations, "annotations", MAX_ITEMS(256), MAX_LENGTH(262144), DOC("Notes for programs."))         \
    F(T, TEXT, uid, "uid", DOC("Set by the store: this very object, even if another takes its name."))                 \
    F(T, TEXT, resource_version, "resourceVersion", DOC("Set by the store: changes with every write."))                \
    F(T, INT, generation, "generation", DOC("Set by the store: grows with every change of the spec."))                 \
    F(T, TIME, creation_timestamp, "creationTimestamp", DOC("Set by the store."))                                      \
    F(T, TIME, deletion_timestamp, "deletionTimestamp", DOC("Set by the store once deletion was asked for."))          \
    F(T, TEXTS, finalizers, "finalizers", MAX_ITEMS(32), DOC("Who must finish before the object goes away."))
/* clang-format on */
DECLARE_SCHEMA(object_meta, OBJECT_META_FIELDS);

/* The first two members of every kind: what the document says it is. */
/* clang-format off */
#define OBJECT_TYPE_FIELDS(F, T)                                                                                       \
    F(T, TEXT, api_version, "apiVersion", REQUIRED, MAX_LENGTH(63), DOC("Group and version: weir.dev/v1alpha1."))      \
    F(T, TEXT, kind, "kind", REQUIRED, MAX_LENGTH(63), DOC("Workspace, ModelPolicy or Deployment."))                   \
    F(T, OBJECT(object_meta), metadata, "metadata", REQUIRED, DOC("Name, namespace, labels, annotations."))
/* clang-format on */
