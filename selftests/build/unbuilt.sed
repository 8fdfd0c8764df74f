# drivers/rtc/rtc-msc313.c
# Of an SoC that this kernel is not built for.
$a\
int klp_unbuilt;
