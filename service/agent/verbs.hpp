// SPDX-License-Identifier: LGPL-2.1-or-later
// The verbs that klp runs as klp-VERB. Each gets its own part of the command line, and returns the
// exit status.
#pragma once

namespace klp::agent {

int run_attach(int argc, char **argv);
int run_detach(int argc, char **argv);
int run_enable(int argc, char **argv);
int run_disable(int argc, char **argv);
int run_refresh(int argc, char **argv);
int run_apply(int argc, char **argv);
int run_hold(int argc, char **argv);
int run_unhold(int argc, char **argv);
int run_daemon(int argc, char **argv);

}
