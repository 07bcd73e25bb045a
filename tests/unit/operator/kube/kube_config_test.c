/* What kubeconfigs and pods say, and what is said of those that are wrong. */
#include "operator/kube/kube_config.h"

#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "tests/support/arena_fixture.h"

TestSuite(kube_config, .init = given_arena, .fini = end_arena);

static struct kube_config config;
static struct error err;

static bool
parse(const char *cluster, const char *user)
{
    struct text yaml = text_format(arena,
                                   "apiVersion: v1\nkind: Config\npreferences: {}\ncurrent-context: a\n"
                                   "contexts:\n- name: a\n  context: {cluster: c, user: u, namespace: demo}\n"
                                   "- name: b\n  context: {cluster: c, user: nobody}\n"
                                   "clusters:\n- name: c\n  cluster: {%s}\n"
                                   "users:\n- name: u\n  user: {%s}\n",
                                   cluster, user);
    return kube_config_parse(arena, &(struct kube_config_source){yaml, "/home/me/.kube/config"}, NULL,
                             &config, &err);
}

static void
accept(const char *cluster, const char *user)
{
    cr_assert(parse(cluster, user), "%s", err.message);
}

static void
refuse(const char *cluster, const char *user, const char *words)
{
    err = (struct error){0};
    cr_assert_not(parse(cluster, user));
    cr_assert(strstr(err.message, words), "%s", err.message);
    cr_assert_null(strstr(err.message, "s3cret"), "%s", err.message);
}

#define SERVER "server: 'https://api:6443/'"

Test(kube_config, a_token_and_a_ca)
{
    accept(SERVER ", certificate-authority-data: Q0E=, tls-server-name: kubernetes, proxy-url: 'http://p:1'",
           "token: abc");
    cr_assert(text_equals(config.server, TEXT("https://api:6443")));
    cr_assert(text_equals(config.namespace, TEXT("demo")));
    cr_assert(text_equals(config.ca.value, TEXT("CA")));
    cr_assert(text_equals(config.server_name, TEXT("kubernetes")));
    cr_assert(text_equals(config.proxy_url, TEXT("http://p:1")));
    cr_assert(text_equals(config.token.value, TEXT("abc")));
    cr_assert_not(config.is_insecure);
}

Test(kube_config, files_are_beside_the_kubeconfig_that_names_them)
{
    accept(SERVER ", certificate-authority: certs/ca.pem",
           "client-certificate: ../me.pem, client-key: /etc/me.key, tokenFile: t");
    cr_assert_str_eq(config.ca.file, "/home/me/.kube/certs/ca.pem");
    cr_assert_str_eq(config.certificate.file, "/home/me/.kube/../me.pem");
    cr_assert_str_eq(config.key.file, "/etc/me.key");
    cr_assert_str_eq(config.token.file, "/home/me/.kube/t");
}

Test(kube_config, data_win_over_files)
{
    accept(SERVER,
           "client-certificate: x, client-certificate-data: Qw==, client-key: z, client-key-data: Sw==");
    cr_assert_null(config.certificate.file);
    cr_assert(text_equals(config.certificate.value, TEXT("C")) && text_equals(config.key.value, TEXT("K")));
}

Test(kube_config, a_password_is_sent_as_basic)
{
    accept(SERVER, "username: Aladdin, password: open sesame");
    cr_assert(text_equals(config.basic, TEXT("QWxhZGRpbjpvcGVuIHNlc2FtZQ==")));
}

Test(kube_config, acting_as_somebody_else)
{
    accept(SERVER, "token: t, as: jane, as-uid: '7', as-groups: [dev, ops], as-user-extra: {Acme/Why: [x]}");
    cr_assert(text_equals(config.impersonation,
                          TEXT("Impersonate-User: jane\nImpersonate-Uid: 7\nImpersonate-Group: dev\n"
                               "Impersonate-Group: ops\nImpersonate-Extra-Acme%2FWhy: x\n")));
}

Test(kube_config, a_plugin_with_its_arguments)
{
    accept(SERVER ", extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x}}]",
           "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, args: [a b, '$HOME'], "
           "env: [{name: ROLE, value: dev}], interactiveMode: IfAvailable, provideClusterInfo: true, "
           "installHint: get it}");
    cr_assert_str_eq(config.exec->program, "/home/me/.kube/./bin/login");
    cr_assert_str_eq(config.exec->arguments[1], "a b");
    cr_assert_str_eq(config.exec->arguments[2], "$HOME");
    cr_assert_null(config.exec->arguments[3]);
    cr_assert_str_eq(config.exec->environment[0], "ROLE=dev");
    cr_assert(config.exec->wants_cluster);
    cr_assert_not_null(config.exec_config);
}

Test(kube_config, what_is_wrong_is_said_without_any_secret)
{
    refuse("server: ''", "token: s3cret", "https://");
    refuse("server: 'ftp://x'", "token: s3cret", "https://");
    refuse(SERVER ", insecure-skip-tls-verify: true, certificate-authority: x", "", "exclude each other");
    refuse(SERVER, "token: s3cret, username: me, password: s3cret", "exclude each other");
    refuse(SERVER, "token: \"s3cret\\nX-Evil: 1\"", "token has characters");
    refuse(SERVER, "client-key-data: '*s3cret*', client-certificate: x", "client-key-data is not base64");
    refuse(SERVER, "client-certificate: x", "belong together");
    refuse(SERVER, "as-groups: [x]", "need \"as\"");
    refuse(SERVER, "as: x, as-groups: [\"a\\r\\nb\"]", "cannot be sent");
    refuse(SERVER, "auth-provider: {name: gcp}", "exec plugin");
    refuse(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}", "v1 or v1beta1");
    refuse(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1}", "no program");
    refuse(SERVER, "exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}",
           "Always");
    refuse(SERVER, "token: s3cret, password: yes", "is not valid YAML");
}

Test(kube_config, a_context_must_be_there_with_its_parts)
{
    accept(SERVER, "token: t");
    struct kube_config_source source = {TEXT("contexts:\n- name: a\n  context: {cluster: gone}\n"), "f"};
    cr_assert_not(kube_config_parse(arena, &source, NULL, &config, &err));
    cr_assert(strstr(err.message, "no current-context"), "%s", err.message);
    cr_assert_not(kube_config_parse(arena, &source, "b", &config, &err));
    cr_assert(strstr(err.message, "f has no context named \"b\""), "%s", err.message);
    cr_assert_not(kube_config_parse(arena, &source, "a", &config, &err));
    cr_assert(strstr(err.message, "f has no cluster named \"gone\""), "%s", err.message);
    source.yaml = TEXT("[1]");
    cr_assert_not(kube_config_parse(arena, &source, NULL, &config, &err));
    cr_assert(strstr(err.message, "not a kubeconfig"), "%s", err.message);
}

static void
write_file(const char *path, const char *content)
{
    cr_assert(file_write_atomic(path, text_of(content), 0600, &err), "%s", err.message);
}

Test(kube_config, of_several_files_the_first_to_say_something_wins)
{
    char folder[] = "/tmp/weir-config-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    char *first = text_c_string(arena, text_format(arena, "%s/one", folder));
    char *second = text_c_string(arena, text_format(arena, "%s/two", folder));
    write_file(first, "contexts:\n- name: a\n  context: {cluster: c, user: u}\n"
                      "users:\n- name: u\n  user: {token: first}\n");
    write_file(second, "current-context: a\ncontexts:\n- name: a\n  context: {cluster: other}\n"
                       "clusters:\n- name: c\n  cluster: {server: 'https://x', certificate-authority: ca}\n"
                       "users:\n- name: u\n  user: {token: second}\n");
    struct text paths[] = {TEXT("/nowhere"), TEXT(""), text_of(first), text_of(second)};
    struct text_list list = {paths, COUNT_OF(paths)};
    cr_assert(kube_config_read(arena, &list, NULL, &config, &err), "%s", err.message);
    cr_assert(text_equals(config.token.value, TEXT("first")));
    cr_assert(text_ends_with(text_of(config.ca.file), TEXT("/ca")));
    unlink(first);
    unlink(second);
    rmdir(folder);
    cr_assert_not(kube_config_read(arena, &list, NULL, &config, &err));
    cr_assert(strstr(err.message, "--kubeconfig or $KUBECONFIG"), "%s", err.message);
}

Test(kube_config, a_pod_finds_its_server_also_by_an_ipv6_address)
{
    setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
    setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    cr_assert(kube_config_of_pod(arena, "/folder", &config, &err));
    cr_assert(text_equals(config.server, TEXT("https://[fd00::1]:443")));
    cr_assert_str_eq(config.token.file, "/folder/token");
    cr_assert_str_eq(config.ca.file, "/folder/ca.crt");
    setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1);
    cr_assert(kube_config_of_pod(arena, "/folder", &config, &err));
    cr_assert(text_equals(config.server, TEXT("https://10.96.0.1:443")));
    setenv("KUBERNETES_SERVICE_PORT", "http", 1);
    cr_assert_not(kube_config_of_pod(arena, "/folder", &config, &err));
}
