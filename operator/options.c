/* The flags of weir-operator. */
#include "operator/options.h"

#include <getopt.h>

#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "operator/objects/names.h"

enum { FIRST_PORT = 8080, LAST_PORT = 65535 };
enum flag {
    FLAG_LOCAL = 256,
    FLAG_CLUSTER,
    FLAG_REST_PORT,
    FLAG_ALERT_KEY,
    FLAG_PRICE_CARD,
    FLAG_STATE,
    FLAG_GATEWAY,
    FLAG_JSON,
    FLAG_PLAN,
    FLAG_REPLACE,
    FLAG_SELF_TEST,
    FLAG_VERSION,
    FLAG_KUBECONFIG,
    FLAG_CONTEXT,
    FLAG_NAMESPACE,
    FLAG_GATEWAY_IMAGE,
    FLAG_TOOLS_IMAGE,
    FLAG_CONTROL_LISTEN,
    FLAG_ADMIN,
    FLAG_LEASE_NAME,
    FLAG_CONTROL_SERVICE,
    FLAG_LEDGER_SERVICE,
};

static const struct option flags[] = {
    {"local", required_argument, NULL, FLAG_LOCAL},
    {"port", required_argument, NULL, 'p'},
    {"rest-port", required_argument, NULL, FLAG_REST_PORT},
    {"alert-key-file", required_argument, NULL, FLAG_ALERT_KEY},
    {"price-card", required_argument, NULL, FLAG_PRICE_CARD},
    {"state", required_argument, NULL, FLAG_STATE},
    {"gateway", required_argument, NULL, FLAG_GATEWAY},
    {"json", no_argument, NULL, FLAG_JSON},
    {"output", required_argument, NULL, 'o'},
    {"plan", no_argument, NULL, FLAG_PLAN},
    {"replace", required_argument, NULL, FLAG_REPLACE},
    {"cluster", no_argument, NULL, FLAG_CLUSTER},
    {"kubeconfig", required_argument, NULL, FLAG_KUBECONFIG},
    {"context", required_argument, NULL, FLAG_CONTEXT},
    {"namespace", required_argument, NULL, FLAG_NAMESPACE},
    {"gateway-image", required_argument, NULL, FLAG_GATEWAY_IMAGE},
    {"tools-image", required_argument, NULL, FLAG_TOOLS_IMAGE},
    {"control-listen", required_argument, NULL, FLAG_CONTROL_LISTEN},
    {"admin", required_argument, NULL, FLAG_ADMIN},
    {"lease-name", required_argument, NULL, FLAG_LEASE_NAME},
    {"control-service", required_argument, NULL, FLAG_CONTROL_SERVICE},
    {"ledger-service", required_argument, NULL, FLAG_LEDGER_SERVICE},
    {"self-test", no_argument, NULL, FLAG_SELF_TEST},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, FLAG_VERSION},
    {NULL, 0, NULL, 0},
};

static bool take(struct options *options, int flag, struct error *err);
static bool take_port(const char *flag, int lowest, int *out_port, struct error *err);
static bool take_replacing(struct local_plan_options *plan, struct error *err);
static bool take_cluster(struct cluster_options *cluster, int flag);
static bool check_mode(const struct options *options, struct error *err);

bool
options_parse(int count, char **arguments, bool is_terminal, struct options *out_options, struct error *err)
{
    struct options options = {
        .local = {.port = FIRST_PORT, .as_json = !is_terminal},
        .cluster = {.namespace = CONTROL_PLANE_NAMESPACE,
                    .gateway_image = "weir-gateway:" WEIR_VERSION,
                    .tools_image = "weir-tools:" WEIR_VERSION,
                    .control_listen = "0.0.0.0:8443",
                    .admin = "0.0.0.0:8081",
                    .lease_name = "weir-operator",
                    .control_service = CONTROL_SERVICE,
                    .pod_name = getenv("POD_NAME"),
                    .pod_ip = getenv("POD_IP")},
    };
    if (getenv("POD_NAMESPACE"))
        options.cluster.namespace = getenv("POD_NAMESPACE");
    optind = 1;
    opterr = 0;
    for (int flag; (flag = getopt_long(count, arguments, "p:o:h", flags, NULL)) != -1;) {
        if (flag == '?')
            return error_set(err, ERROR_INVALID,
                             "%s is not a flag of weir-operator, or lacks its value (see --help)",
                             arguments[optind - 1]);
        if (!take_cluster(&options.cluster, flag) && !take(&options, flag, err))
            return false;
    }
    if (optind < count)
        return error_set(err, ERROR_INVALID, "%s is not understood: name the folder with --local",
                         arguments[optind]);
    if (!check_mode(&options, err))
        return false;
    *out_options = options;
    return true;
}

static const char help[] =
    "weir-operator --local DIR [--port N] [--state DIR] [--gateway PATH] [--json | --output "
    "text|json]\n"
    "weir-operator --cluster [--kubeconfig FILE] [--context NAME] [--namespace NAME] ...\n"
    "\n"
    "On a laptop: runs the environments that a folder of manifests describes, one gateway process for "
    "each, its\n"
    "config pushed at every change. A broken edit is shown and changes nothing. `weir up DIR` starts "
    "it.\n"
    "\n"
    "  --local DIR      folder of *.yaml, *.yml and *.json manifests, sub-folders included\n"
    "  -p, --port N     port of the first environment (8080), the next ones follow; 0: any free "
    "ports\n"
    "  --rest-port N    where the ledger answers over HTTP on this machine, to who shows the token "
    "in\n"
    "                   DIR/.weir/rest-token\n"
    "  --alert-key-file FILE\n"
    "                   what webhooks' messages are signed with (weir-api has the same flag)\n"
    "  --price-card F   what processes cost: usdPerCoreHour, usdPerGiBHour (YAML); else they have no "
    "price\n"
    "  --state DIR      where it keeps sockets, logs and revisions (DIR/.weir)\n"
    "  --gateway PATH   the gateway program (weir-gateway beside this one)\n"
    "  --json           one JSON line for each event; so it is when the output is no terminal\n"
    "  -o, --output F   text or json\n"
    "  --plan           run nothing: print the config of each environment's gateways\n"
    "  --replace PATH   with --plan: a file or folder whose objects take the place of the folder's\n"
    "\n"
    "In a cluster: keeps namespaces, gateways and workloads as Workspaces, ModelPolicies and "
    "Deployments say.\n"
    "\n"
    "  --cluster                 talk to Kubernetes: as the pod it runs in, else by kubeconfig\n"
    "  --kubeconfig FILE         credentials ($KUBECONFIG, else ~/.kube/config)\n"
    "  --context NAME            which of its contexts\n"
    "  --namespace NAME          where it runs and the organisation's policies are ($POD_NAMESPACE, "
    "else " CONTROL_PLANE_NAMESPACE ")\n"
    "  --gateway-image IMAGE     what gateway pods run (weir-gateway:" WEIR_VERSION ")\n"
    "  --tools-image IMAGE       what Batch pods run (weir-tools:" WEIR_VERSION ")\n"
    "  --control-listen ADDR     where gateways dial it, with mutual TLS (0.0.0.0:8443)\n"
    "  --control-service NAME    Service without selector that leads to the leader "
    "(" CONTROL_SERVICE ")\n"
    "  --ledger-service NAME     Service of weir-api in that namespace (none: budgets are not in "
    "force)\n"
    "  --admin ADDR              /healthz, /readyz and /metrics (0.0.0.0:8081)\n"
    "  --lease-name NAME         Lease that decides which replica leads (weir-operator)\n"
    "\n"
    "  --self-test               instead of all that: one Workspace from apply to Ready to gone "
    "(`helm "
    "test`)\n"
    "\n"
    "  --version        print the version\n"
    "\n"
    "Examples:\n"
    "  weir-operator --local examples/quickstart\n"
    "  weir-operator --cluster --kubeconfig ~/.kube/config --control-listen 0.0.0.0:8443\n";

const char *
options_help(void)
{
    return help;
}

static bool
take(struct options *options, int flag, struct error *err)
{
    switch (flag) {
    case FLAG_CLUSTER:
        options->is_cluster = true;
        return true;
    case FLAG_SELF_TEST:
        options->is_cluster = options->is_self_test = true;
        return true;
    case FLAG_LOCAL:
        options->local.folder = options->plan.folder = optarg;
        return true;
    case FLAG_PLAN:
        options->is_plan = true;
        return true;
    case FLAG_REPLACE:
        return take_replacing(&options->plan, err);
    case 'p':
        return take_port("--port", 0, &options->local.port, err);
    case FLAG_REST_PORT:
        return take_port("--rest-port", 1, &options->local.rest_port, err);
    case FLAG_ALERT_KEY:
        options->local.alert_key = optarg;
        return true;
    case FLAG_PRICE_CARD:
        options->local.price_card = optarg;
        return true;
    case FLAG_STATE:
        options->local.state = optarg;
        return true;
    case FLAG_GATEWAY:
        options->local.gateway = optarg;
        return true;
    case FLAG_JSON:
        options->local.as_json = true;
        return true;
    case 'o':
        options->local.as_json = strcmp(optarg, "json") == 0;
        return options->local.as_json || strcmp(optarg, "text") == 0 ||
               error_set(err, ERROR_INVALID, "--output %s is not one of text, json", optarg);
    case 'h':
        options->wants_help = true;
        return true;
    default:
        options->wants_version = true;
        return true;
    }
}

static bool
take_port(const char *flag, int lowest, int *out_port, struct error *err)
{
    int64_t port = 0;
    if (!parse_int64(text_of(optarg), &port) || port < lowest || port > LAST_PORT)
        return error_set(err, ERROR_INVALID, "%s %s is not a port: %d to %d", flag, optarg, lowest,
                         LAST_PORT);
    *out_port = (int)port;
    return true;
}

static bool
take_replacing(struct local_plan_options *plan, struct error *err)
{
    if (plan->replacing_count == LOCAL_PLAN_MAX_PATHS)
        return error_set(err, ERROR_INVALID, "--replace can be given %d times: name a folder instead",
                         LOCAL_PLAN_MAX_PATHS);
    plan->replacing[plan->replacing_count++] = optarg;
    return true;
}

/* False when it is a flag of another mode. */
static bool
take_cluster(struct cluster_options *cluster, int flag)
{
    const char **texts[] = {
        [FLAG_KUBECONFIG - FLAG_KUBECONFIG] = &cluster->kubeconfig,
        [FLAG_CONTEXT - FLAG_KUBECONFIG] = &cluster->context,
        [FLAG_NAMESPACE - FLAG_KUBECONFIG] = &cluster->namespace,
        [FLAG_GATEWAY_IMAGE - FLAG_KUBECONFIG] = &cluster->gateway_image,
        [FLAG_TOOLS_IMAGE - FLAG_KUBECONFIG] = &cluster->tools_image,
        [FLAG_CONTROL_LISTEN - FLAG_KUBECONFIG] = &cluster->control_listen,
        [FLAG_ADMIN - FLAG_KUBECONFIG] = &cluster->admin,
        [FLAG_LEASE_NAME - FLAG_KUBECONFIG] = &cluster->lease_name,
        [FLAG_CONTROL_SERVICE - FLAG_KUBECONFIG] = &cluster->control_service,
        [FLAG_LEDGER_SERVICE - FLAG_KUBECONFIG] = &cluster->ledger_service,
    };
    if (flag < FLAG_KUBECONFIG || flag > FLAG_LEDGER_SERVICE)
        return false;
    *texts[flag - FLAG_KUBECONFIG] = optarg;
    return true;
}

static bool
check_mode(const struct options *options, struct error *err)
{
    if (options->wants_help || options->wants_version)
        return true;
    if (options->is_plan && !options->local.folder && options->plan.replacing_count == 0)
        return error_set(err, ERROR_INVALID, "--plan needs --local DIR or --replace PATH");
    if (!options->is_plan && options->plan.replacing_count > 0)
        return error_set(err, ERROR_INVALID, "--replace goes with --plan");
    if (options->is_plan && options->is_cluster)
        return error_set(err, ERROR_INVALID, "--plan is about a folder on this machine, not --cluster");
    if (options->is_plan)
        return true;
    if (options->is_cluster && options->local.folder)
        return error_set(err, ERROR_INVALID,
                         "--cluster and --local DIR exclude each other: a cluster, or a "
                         "folder on this machine");
    if (!options->is_cluster && !options->local.folder)
        return error_set(err, ERROR_INVALID,
                         "--local DIR is missing: the folder that holds your manifests (or --cluster, to "
                         "run in Kubernetes)");
    return true;
}
