# The two commands of a new user are `make demo` and `make test`: both install what is missing (scripts/setup.sh).
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build demo test fuzz bench samples clean

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
export OMP_WAIT_POLICY ?= PASSIVE

FUZZ_SECONDS ?= 300
FUZZ_MUTANTS ?= 50000
BENCH ?=
DOTNET_TEST := dotnet test -c Release --no-build --nologo --logger "console;verbosity=minimal" --logger trx

help:
	@echo 'make demo    set up, build, and run pipelines/demo.yaml on samples/'
	@echo 'make test    set up, build, and run every test'
	@echo 'make build   build ./datapipeline'
	@echo 'make bench   compare with other programs (BENCH="parquet ..."); pages under docs/benchmarks/'
	@echo 'make fuzz    run each fuzz test for FUZZ_SECONDS (default 300), those of web pages for FUZZ_MUTANTS (50000) at least'
	@echo 'make samples rebuild the files of samples/ from samples/sources/ (needs python3)'
	@echo 'make clean   remove what was built; runs/ and .cache/ stay'

setup:
	@scripts/setup.sh

build:
	@command -v dotnet >/dev/null || { echo 'make: dotnet is missing: install the .NET 10 SDK (https://dotnet.microsoft.com/download)' >&2; exit 4; }
	dotnet build src/Cli -c Release --nologo -v minimal
	@install -m 755 scripts/launcher.sh datapipeline

demo: setup
	@$(MAKE) --no-print-directory build
	./datapipeline run pipelines/demo.yaml

test:
	@scripts/setup.sh test
	@tests/oracles/install.sh
	@$(MAKE) --no-print-directory build
	dotnet build tests/DataPipeline.Tests -c Release --nologo -v quiet
	dotnet build tests/DataPipeline.Train.Tests -c Release --nologo -v quiet
	dotnet build bench -c Release --nologo -v quiet
	DATAPIPELINE_REQUIRE_ORACLES=1 $(DOTNET_TEST) tests/DataPipeline.Tests
	DATAPIPELINE_REQUIRE_ORACLES=1 $(DOTNET_TEST) tests/DataPipeline.Train.Tests

fuzz:
	dotnet build tests/DataPipeline.Tests -c Release --nologo -v quiet
	DATAPIPELINE_FUZZ_SECONDS=$(FUZZ_SECONDS) DATAPIPELINE_FUZZ_MUTANTS=$(FUZZ_MUTANTS) $(DOTNET_TEST) tests/DataPipeline.Tests --filter 'FullyQualifiedName~Fuzz'

bench:
	@scripts/setup.sh test
	@tests/oracles/install.sh
	@bench/corpus.sh
	dotnet build bench -c Release --nologo -v quiet
	dotnet bench/bin/Release/net10.0/DataPipeline.Bench.dll $(BENCH) --corpus .cache/bench

samples:
	python3 samples/build.py

clean:
	find src tests bench -type d \( -name bin -o -name obj -o -name TestResults \) -prune -exec rm -rf {} + 2>/dev/null || true
	rm -f datapipeline
