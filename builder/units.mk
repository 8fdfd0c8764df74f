# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Lists the units of a configuration, as "klp: UNIT OBJECT GOAL" a line; GOAL is Kbuild's name
# for UNIT: virt/kvm/eventfd.o is arch/x86/kvm/../../../virt/kvm/eventfd.o.
#
# Kbuild starts a make for each folder, thousands of them. Here one make reads all the
# folders' Makefiles, and undoes the effect of each before the next. The make needs the
# environment that Kbuild's top Makefile sets up, so it runs as a recipe of ask.mk.

.PHONY: units
units: ;

include include/config/auto.conf
include $(srctree)/scripts/Kbuild.include
include $(srctree)/scripts/Makefile.compiler

# Sets the variables that scripts/Makefile.build sets before it reads a folder's Makefile:
# with := an "obj-y += $(x)" means the x of that moment.
define klp-begin
obj := $(1)
src := $(1)
obj-y :=
obj-m :=
lib-y :=
lib-m :=
always-y :=
always-m :=
targets :=
subdir-y :=
subdir-m :=
asflags-y :=
ccflags-y :=
cppflags-y :=
ldflags-y :=
subdir-asflags-y :=
subdir-ccflags-y :=
include $(or $(wildcard $(1)/Kbuild),$(1)/Makefile)
endef

klp-forget = $(foreach v,$(filter-out $(klp-known),$(.VARIABLES)),$(eval undefine $(v)))

# foo.o is a composite object if there is one of foo-objs, foo-y, foo-m and foo-; foo- lists
# the units that the configuration leaves out.
klp-parts = $(foreach suffix,$(2),$($(1:.o=$(suffix))))
klp-units = $(if $(strip $(call klp-parts,$(1),-objs -y -m -)),$(sort $(call klp-parts,$(1),$(2))),$(1))

# klp-list FOLDER,UNITS,OBJECT
klp-list = $(foreach goal,$(addprefix $(1)/,$(2)),$\
	$(info klp: $(patsubst $(CURDIR)/%,%,$(abspath $(goal))) $(3) $(goal)))

klp-list-built-in = $(foreach o,$(sort $(filter %.o,$(obj-y))),$\
	$(call klp-list,$(1),$(call klp-units,$(o),-objs -y),vmlinux))
klp-list-library = $(call klp-list,$(1),$(sort $(filter-out $(obj-y),$(lib-y) $(lib-m))),vmlinux)
klp-list-modules = $(foreach o,$(sort $(filter-out $(obj-y),$(filter %.o,$(obj-m)))),$\
	$(call klp-list,$(1),$(call klp-units,$(o),-objs -y -m),kernel/$(1)/$(o:.o=)))

# klp-visit FOLDER,BUILT-IN: objects go into vmlinux if every folder above, and this one,
# is in its parent's obj-y. lib-y is linked from the folders of the architecture's libs-y.
klp-visit = $(eval $(call klp-begin,$(1)))$\
	$(if $(2),$(klp-list-built-in))$\
	$(if $(filter $(1)/,$(ARCH_LIB)),$(klp-list-library))$\
	$(klp-list-modules)$\
	$(call klp-descend,$(patsubst ./%,%,$(1)/),$(2),$(sort $(filter %/,$(obj-y))),$\
		$(sort $(filter-out $(obj-y),$(filter %/,$(obj-m)))))
klp-descend = $(klp-forget)$\
	$(foreach folder,$(3:/=),$(call klp-visit,$(1)$(folder),$(2)))$\
	$(foreach folder,$(4:/=),$(call klp-visit,$(1)$(folder)))

klp-known :=
klp-known := $(.VARIABLES)
$(call klp-visit,.,y)

# make must not remake a file that it has read, by a rule that it has read.
$(sort $(MAKEFILE_LIST)): ;
