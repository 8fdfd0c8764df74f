// SPDX-License-Identifier: LGPL-2.1-or-later
// The verbs of klp-hub. Each returns the exit status of the program.
#pragma once

int run_init(int argc, char **argv);
int run_serve(int argc, char **argv);
int run_trial(int argc, char **argv);
int run_access(int argc, char **argv);
int run_keys(int argc, char **argv);
int run_backup(int argc, char **argv);
int run_restore(int argc, char **argv);
