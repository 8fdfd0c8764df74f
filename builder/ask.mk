# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every make of a Kbuild run reads this first (MAKEFILES), so that the units among its
# goals are not compiled: what runs for them is $(klp_recipe), as it expands there. What
# they need before that, such as generated headers, is made as ever.

override if_changed_rule = $(if $(filter $(MAKECMDGOALS),$@),@$(klp_recipe),$\
	$(if $(if-changed-cond),$(rule_$(1)),@:))
klp-say = printf 'klp: %s\n' '$(call escsq,$(1))'
