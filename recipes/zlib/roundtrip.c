/* Compresses and restores a text, and compares header, library and wanted version. */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

int main(int argc, char **argv)
{
    unsigned char text[10000], packed[10000], unpacked[10000];
    uLongf packed_size = sizeof packed, unpacked_size = sizeof unpacked;

    if (argc != 2 || strcmp(argv[1], ZLIB_VERSION) || strcmp(argv[1], zlibVersion())) {
        fprintf(stderr, "header %s, library %s\n", ZLIB_VERSION, zlibVersion());
        return 1;
    }
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "conda"[i % 5];
    if (compress2(packed, &packed_size, text, sizeof text, 9) != Z_OK || packed_size > 200)
        return 2;
    if (uncompress(unpacked, &unpacked_size, packed, packed_size) != Z_OK)
        return 3;
    if (unpacked_size != sizeof text || memcmp(text, unpacked, sizeof text))
        return 4;
    return crc32(0, (const unsigned char *)"123456789", 9) == 0xcbf43926 ? 0 : 5;
}
