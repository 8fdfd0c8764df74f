# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every make of a Kbuild run reads this file first (MAKEFILES), so that make does not compile
# the units among its goals: make runs $(klp_recipe) for the units, as it expands there. Make
# still makes the prerequisites of the units, such as generated headers.

override if_changed_rule = $(if $(filter $(MAKECMDGOALS),$@),@$(klp_recipe),$\
	$(if $(if-changed-cond),$(rule_$(1)),@:))
klp-say = printf 'klp: %s\n' '$(call escsq,$(1))'
