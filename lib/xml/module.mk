lib_SRCS += lib/xml/xml_read.c
lib_SRCS += lib/xml/xml_tree.c
lib_SRCS += lib/xml/xml_write.c
