lib_SRCS += lib/xml/xml_read.c
lib_SRCS += lib/xml/xml_tree.c
lib_SRCS += lib/xml/xml_write.c

unit_SRCS += tests/unit/lib/xml/test_xml.c
