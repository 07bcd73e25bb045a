# Weir. `make help` lists the targets.

ifeq ($(origin CC),default)
CC := gcc
endif
VERSION := $(shell cat VERSION)
ifdef SANITIZE
BUILD := build-asan
OPTIMIZE := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LDSANITIZE := -fsanitize=address,undefined
else
BUILD := build
OPTIMIZE := -O3 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
# The programs are optimised as a whole; tests link the same objects without it, which is much quicker.
ifeq ($(CC),gcc)
WHOLE_PROGRAM := -flto=2 -Wno-maybe-uninitialized # across files gcc no longer sees who checks what
OPTIMIZE += -flto=2 -ffat-lto-objects
AR := gcc-ar
endif
endif

WARNINGS := -Wall -Wextra -Werror -Wconversion -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wundef \
            -Wpointer-arith -Wcast-qual -Wwrite-strings
# conventions 5.4: what a hardened build carries.
HARDENING := -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection
CPPFLAGS += -I. -D_GNU_SOURCE -include lib/base/banned.h -DWEIR_VERSION='"$(VERSION)"'
CFLAGS += -std=gnu17 -g $(OPTIMIZE) $(WARNINGS) $(HARDENING) -ffile-prefix-map=$(CURDIR)=.
LDFLAGS += -pie -Wl,-z,relro,-z,now,-z,noexecstack $(LDSANITIZE)
LDLIBS += -lwebsockets -lev -lcares -lcurl -lssl -lcrypto -lyaml -ljson-c -lm
# Of programs that keep a ledger, and of tests; the others do not link them.
LDLIBS_SQL := -Wl,--as-needed -lpq -lsqlite3 -Wl,--no-as-needed

object = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
sources = $(sort $(shell find $(1) -name '*.c' 2>/dev/null))
without_main = $(filter-out %/main.c,$(1))

SQL := $(call sources,lib/sql)
LIB := $(filter-out $(SQL),$(call sources,lib))
TYPES := $(call sources,api/types)
AUDIT := $(call sources,api/audit)
PRICES := $(call sources,api/prices)
SIMULATE := $(call sources,api/simulate)
CLI := $(call sources,api/cli)
SERVER := $(call sources,api/server)
OPERATOR := $(call sources,operator)
GATEWAY := $(call sources,gateway)
PROGRAMS := $(BUILD)/weir $(BUILD)/weir-operator $(BUILD)/weir-gateway $(BUILD)/weir-api
ARCHIVES := $(BUILD)/libcli.a $(BUILD)/libserver.a $(BUILD)/liboperator.a $(BUILD)/libgateway.a $(BUILD)/libaudit.a $(BUILD)/libprices.a $(BUILD)/libsimulate.a $(BUILD)/libtypes.a $(BUILD)/libsql.a $(BUILD)/liblib.a

.DEFAULT_GOAL := all
.PHONY: help all deps run test unit blackbox check asan fuzz-smoke bench bench-ledger bench-instructions bench-operator generate image install clean libs format test-models test-engines test-crds test-cluster

help: ## List the targets
	@grep -hE '^[a-z][a-zA-Z-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

all: $(PROGRAMS) ## Build weir, weir-operator, weir-gateway and weir-api into build/

libs: $(ARCHIVES)

deps: ## Install what building and testing need (Debian packages, a Python venv for the tests)
	@hack/deps

run: ## Install what building needs, build, and start Weir on examples/quickstart
	@hack/deps build
	@hack/progress build "$(words $(LIB) $(TYPES) $(AUDIT) $(PRICES) $(SIMULATE) $(CLI) $(OPERATOR) $(GATEWAY)) files" $(MAKE) --no-print-directory -s -j$$(nproc) all
	@exec $(BUILD)/weir up examples/quickstart

# ---- compiling ------------------------------------------------------------------------------------------------------

$(BUILD)/obj/lib/base/%.o: CPPFLAGS += -DWEIR_MAY_ALLOCATE
# Link-time optimisation drops what Criterion finds through sections of its own.
$(BUILD)/obj/tests/%.o: CFLAGS += -fno-lto
$(BUILD)/obj/tests/fuzz/%.o: CPPFLAGS += -DWEIR_MAY_ALLOCATE
$(BUILD)/obj/%.o: %.c VERSION
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/liblib.a: $(call object,$(LIB))
$(BUILD)/libsql.a: $(call object,$(SQL))
$(BUILD)/libtypes.a: $(call object,$(TYPES))
$(BUILD)/libaudit.a: $(call object,$(AUDIT))
$(BUILD)/libprices.a: $(call object,$(PRICES))
$(BUILD)/libsimulate.a: $(call object,$(SIMULATE))
$(BUILD)/libcli.a: $(call object,$(call without_main,$(CLI)))
$(BUILD)/libserver.a: $(call object,$(call without_main,$(SERVER)))
$(BUILD)/liboperator.a: $(call object,$(call without_main,$(OPERATOR)))
$(BUILD)/libgateway.a: $(call object,$(call without_main,$(GATEWAY)))
$(BUILD)/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/weir: $(call object,api/cli/main.c) $(BUILD)/libcli.a $(BUILD)/libaudit.a $(BUILD)/libprices.a $(BUILD)/libsimulate.a $(BUILD)/libtypes.a $(BUILD)/liblib.a
$(BUILD)/weir-operator: $(call object,operator/main.c) $(BUILD)/liboperator.a $(BUILD)/libtypes.a $(BUILD)/liblib.a
$(BUILD)/weir-gateway: $(call object,gateway/main.c) $(BUILD)/libgateway.a $(BUILD)/libtypes.a $(BUILD)/liblib.a
$(BUILD)/weir-api: $(call object,api/server/main.c) $(BUILD)/libserver.a $(BUILD)/libaudit.a $(BUILD)/libsql.a $(BUILD)/libtypes.a $(BUILD)/liblib.a
$(BUILD)/weir-api: LDLIBS += $(LDLIBS_SQL)
$(PROGRAMS):
	$(CC) $(CFLAGS) $(WHOLE_PROGRAM) $(LDFLAGS) $^ $(LDLIBS) -o $@

# ---- tests ----------------------------------------------------------------------------------------------------------

UNIT_FOLDERS := $(sort $(patsubst %/,%,$(dir $(call sources,tests/unit))))
unit_name = unit-$(subst /,-,$(patsubst tests/unit/%,%,$(1)))
UNIT_TESTS := $(foreach f,$(UNIT_FOLDERS),$(call unit_name,$(f)))
SUPPORT := $(call sources,tests/support)

define unit_rule
$(BUILD)/test/$(call unit_name,$(1)): $(call object,$(wildcard $(1)/*.c)) $(call object,$(SUPPORT)) $(ARCHIVES)
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) -fno-lto $$(LDFLAGS) $$^ $$(LDLIBS) $$(LDLIBS_SQL) -lcriterion -o $$@
.PHONY: $(call unit_name,$(1))
$(call unit_name,$(1)): $(BUILD)/test/$(call unit_name,$(1))
	@hack/run-unit $(BUILD)/test/$(call unit_name,$(1))
endef
$(foreach f,$(UNIT_FOLDERS),$(eval $(call unit_rule,$(f))))

unit: $(foreach t,$(UNIT_TESTS),$(BUILD)/test/$(t)) ## Run the Criterion units
	@hack/run-unit $^

asan: ## Units and black-box suites under AddressSanitizer and UBSan; a leak fails the run
	@$(MAKE) --no-print-directory -s SANITIZE=1 all unit
	@WEIR_BUILD=build-asan hack/blackbox

blackbox: all ## Real processes: official SDK, raw bytes, crashes, edit storms
	@WEIR_BUILD=$(BUILD) hack/blackbox

test: deps ## Everything that needs no long build (at most 10 minutes)
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@$(MAKE) --no-print-directory -s -j$$(nproc) unit
	@$(MAKE) --no-print-directory -s blackbox

test-models: deps all ## Against a real inference server (llama-cpp-python on a small GGUF made here)
	@WEIR_BUILD=$(BUILD) hack/test-models

test-engines: deps all ## The catalogue's engines as real programs (llama-server, Ollama, vLLM; Go; each is built once, a quarter of an hour; 7 GB)
	@WEIR_BUILD=$(BUILD) hack/test-models engines

test-cluster: deps all ## Everything on a real Kubernetes of two versions, on this machine (root, Go; first build 15 minutes)
	@hack/test-cluster

test-crds: ## What others' own code says offline: Kubernetes of our CRDs, Flux and Argo CD of our conditions, cyclonus of the test network (needs Go)
	@tests/cluster/crds/run
	@! command -v go >/dev/null || { go test -C tests/cluster/gitops ./... && go test -C tests/cluster/network ./...; }

FUZZ := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_SECONDS ?= 60
FUZZ_FLAGS := -std=gnu17 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -DWEIR_MAY_ALLOCATE
FUZZ_LIBS := $(addprefix build-fuzz/lib/lib,$(addsuffix .a,operator server gateway audit prices types sql lib))
# One make builds what all targets link: several at once would write the same archives.
build-fuzz/lib/built: $(LIB) $(SQL) $(TYPES) $(AUDIT) $(PRICES) $(call without_main,$(GATEWAY) $(OPERATOR) $(SERVER))
	@mkdir -p $(@D)
	@$(MAKE) --no-print-directory -s CC=clang BUILD=build-fuzz/lib OPTIMIZE="-O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined" LDSANITIZE= $(FUZZ_LIBS)
	@touch $@

build-fuzz/%: tests/fuzz/%_fuzz.c build-fuzz/lib/built
	clang $(FUZZ_FLAGS) $(CPPFLAGS) $< $(FUZZ_LIBS) $(LDLIBS) $(LDLIBS_SQL) -o $@

fuzz-smoke: $(addprefix build-fuzz/,$(FUZZ)) ## Each fuzz target for FUZZ_SECONDS (60), two at a time
	@hack/fuzz $(FUZZ_SECONDS) $(FUZZ)

# ---- gates and outputs ----------------------------------------------------------------------------------------------

$(BUILD)/generate: $(call object,hack/generate.c) $(BUILD)/libserver.a $(BUILD)/libaudit.a $(BUILD)/libsql.a $(BUILD)/libtypes.a $(BUILD)/liblib.a
	$(CC) $(CFLAGS) -fno-lto $(LDFLAGS) $^ $(LDLIBS) $(LDLIBS_SQL) -o $@

generate: $(BUILD)/generate ## Write crds/*.yaml, the chart's copies of them, api/REFERENCE.md and api/openapi.json
	@$(BUILD)/generate .
	@hack/helm/files

image: all ## Container images into build/images, without an engine
	@hack/image build

check: deps all $(BUILD)/libsql.a $(BUILD)/generate ## Format, layers, sizes, globals, banned words, generated files, clang-tidy
	@BUILD=$(BUILD) hack/check

$(BUILD)/obj/tests/bench/%.o: CPPFLAGS += -DWEIR_MAY_ALLOCATE
$(BUILD)/bench/mock_upstream: $(call object,tests/bench/mock_upstream.c)
$(BUILD)/bench/load: $(call object,tests/bench/load.c tests/bench/samples.c)
$(BUILD)/bench/%:
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ -lm -o $@

bench: ## Throughput, latency, streaming and memory beside nginx and haproxy
	@hack/deps bench
	@$(MAKE) --no-print-directory -s all $(BUILD)/bench/mock_upstream $(BUILD)/bench/load
	@BUILD=$(BUILD) tests/bench/run $(BENCH)

bench-ledger: ## What budgets cost a gateway; records and leases a second of the ledger, a month of 100 million calls, on SQLite and PostgreSQL
	@hack/deps bench
	@$(MAKE) --no-print-directory -s all $(BUILD)/bench/mock_upstream $(BUILD)/bench/load
	@BUILD=$(BUILD) PYTHONDONTWRITEBYTECODE=1 tests/.venv/bin/python tests/bench/run_ledger $(BENCH)

bench-instructions: ## What a call costs the gateway in instructions (callgrind), without and with budgets and the ledger, by cause
	@hack/deps bench
	@$(MAKE) --no-print-directory -s all $(BUILD)/bench/mock_upstream
	@BUILD=$(BUILD) PYTHONDONTWRITEBYTECODE=1 tests/.venv/bin/python tests/bench/run_instructions

bench-operator: ## The operator beside one of controller-runtime, on a real API server (root, Go): memory, speed, hand-over
	@hack/progress peer "the operator to compare with" sh -c 'cd tests/bench/operator_peer && go build -o "$(CURDIR)/$(BUILD)/bench/operator_peer" .'
	@$(MAKE) --no-print-directory -s all
	@BUILD=$(BUILD) PYTHONDONTWRITEBYTECODE=1 tests/bench/run_operator $(BENCH)

format: ## clang-format every file of ours
	@hack/format.sh --write

install: all ## Install the programs under $(DESTDIR)$(PREFIX)/bin
	install -D -t $(DESTDIR)$(or $(PREFIX),/usr/local)/bin $(PROGRAMS)

clean: ## Remove what was built
	rm -rf build build-asan build-fuzz

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
