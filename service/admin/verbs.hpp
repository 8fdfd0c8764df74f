// SPDX-License-Identifier: LGPL-2.1-or-later
// The verbs of klp-admin. Each returns the exit status of the program.
#pragma once

int run_init(int argc, char **argv);
int run_login(int argc, char **argv);
int run_sign(int argc, char **argv);
int run_patch(int argc, char **argv);
int run_tier(int argc, char **argv);
int run_token(int argc, char **argv);
int run_machine(int argc, char **argv);
int run_notice(int argc, char **argv);
int run_kernel(int argc, char **argv);
int run_recall(int argc, char **argv);
int run_keys(int argc, char **argv);
int run_audit(int argc, char **argv);
