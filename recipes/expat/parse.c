/* Parses a document with a namespace and an entity, in the wanted version of the library. */
#include <expat.h>
#include <stdio.h>
#include <string.h>

static const char document[] =
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY who 'world'>]>"
    "<a xmlns='urn:x'>hello &who;</a>";

static char name[32], text[32];

static void on_start(void *data, const XML_Char *element, const XML_Char **attributes)
{
    (void)data, (void)attributes;
    strncpy(name, element, sizeof name - 1);
}

static void on_text(void *data, const XML_Char *part, int length)
{
    (void)data;
    strncat(text, part, (size_t)length);
}

int main(int argc, char **argv)
{
    if (argc != 2 || strcmp(argv[1], XML_ExpatVersion())) {
        fprintf(stderr, "library %s\n", XML_ExpatVersion());
        return 1;
    }
    XML_Parser parser = XML_ParserCreateNS("UTF-8", '|');
    XML_SetElementHandler(parser, on_start, NULL);
    XML_SetCharacterDataHandler(parser, on_text);
    if (XML_Parse(parser, document, sizeof document - 1, XML_TRUE) != XML_STATUS_OK)
        return 2;
    XML_ParserFree(parser);
    return strcmp(name, "urn:x|a") || strcmp(text, "hello world") ? 3 : 0;
}
