/* Compresses and restores a text, and compares the library's with the wanted version. */
#include <bzlib.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    char text[10000], packed[10000], unpacked[10000];
    unsigned packed_size = sizeof packed, unpacked_size = sizeof unpacked;

    if (argc != 2 || strncmp(argv[1], BZ2_bzlibVersion(), strlen(argv[1]))) {
        fprintf(stderr, "library %s\n", BZ2_bzlibVersion());
        return 1;
    }
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "conda"[i % 5];
    if (BZ2_bzBuffToBuffCompress(packed, &packed_size, text, sizeof text, 9, 0, 0) != BZ_OK)
        return 2;
    if (packed_size > 200)
        return 3;
    if (BZ2_bzBuffToBuffDecompress(unpacked, &unpacked_size, packed, packed_size, 0, 0) != BZ_OK)
        return 4;
    return unpacked_size != sizeof text || memcmp(text, unpacked, sizeof text) ? 5 : 0;
}
