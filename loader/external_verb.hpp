// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

// Becomes the program klp-VERB of the folder ../libexec/klp, beside klp both installed and built: a
// verb of another part of klp, which the loader does not depend on. Returns if there is none.
void become_external_verb(int argc, char **argv);
