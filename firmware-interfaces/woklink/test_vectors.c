/* Reads the frozen vectors and checks woklink.h against them, both ways.
 *
 *     cc -std=c99 -Wall -Wextra -Werror test_vectors.c -o test_vectors && ./test_vectors FILE...
 *
 * FILE... are the files of vectors/v1. Prints "N passed, M failed"; the exit status is 0 only when nothing failed and something passed.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>

#include "woklink.h"

#define MAX_LINES 32
#define MAX_TEXT 32768

static char text[MAX_TEXT];
static struct {
    const char *key;
    const char *value;
} lines[MAX_LINES];
static size_t line_count;
static const char *file_name;

static int fail(const char *what) {
    printf("%s: %s\n", file_name, what);
    return 0;
}

/* Splits the file into keys and values; comments and empty lines are left out. */
static int load(void) {
    FILE *file = fopen(file_name, "rb");
    size_t n;
    char *at;
    if (file == NULL) {
        return fail("cannot be opened");
    }
    n = fread(text, 1, MAX_TEXT - 1, file);
    fclose(file);
    if (n == MAX_TEXT - 1) {
        return fail("is too long");
    }
    text[n] = '\0';
    line_count = 0;
    for (at = strtok(text, "\n"); at != NULL; at = strtok(NULL, "\n")) {
        char *space = strchr(at, ' ');
        if (*at == '#') {
            continue;
        }
        if (line_count == MAX_LINES) {
            return fail("has too many lines");
        }
        if (space != NULL) {
            *space = '\0';
        }
        lines[line_count].key = at;
        lines[line_count].value = space != NULL ? space + 1 : "";
        line_count++;
    }
    return 1;
}

static const char *value(const char *key) {
    size_t i;
    for (i = 0; i < line_count; i++) {
        if (strcmp(lines[i].key, key) == 0) {
            return lines[i].value;
        }
    }
    printf("%s: the line '%s' is missing\n", file_name, key);
    exit(1);
}

static int is(const char *key, const char *expect) {
    return strcmp(value(key), expect) == 0;
}

static uint64_t number(const char *key) {
    return strtoull(value(key), NULL, 0);
}

static int64_t signed_number(const char *key) {
    return strtoll(value(key), NULL, 0);
}

static size_t hex(const char *key, uint8_t *out, size_t cap) {
    const char *at = value(key);
    size_t n = 0;
    unsigned byte;
    while (n < cap && sscanf(at, "%2x", &byte) == 1) {
        out[n++] = (uint8_t)byte;
        at += 2;
    }
    return n;
}

/* A list of i16 as bytes; how many bytes. */
static size_t words(const char *key, uint8_t *out, size_t cap) {
    const char *at = value(key);
    size_t n = 0;
    char *end;
    for (;;) {
        const long word = strtol(at, &end, 10);
        if (end == at || n + 2 > cap) {
            return n;
        }
        woklink_put16(out + n, (uint16_t)word);
        n += 2;
        at = end;
    }
}

/* The payload that the vector's fields describe, and its kind. */
static size_t pack(uint8_t *payload, uint8_t *kind) {
    size_t n;
    if (is("kind", "hello")) {
        uint8_t firmware[3];
        unsigned a, b, c;
        *kind = WOKLINK_HELLO;
        if (sscanf(value("firmware"), "%u %u %u", &a, &b, &c) != 3) {
            return 0;
        }
        firmware[0] = (uint8_t)a;
        firmware[1] = (uint8_t)b;
        firmware[2] = (uint8_t)c;
        return woklink_pack_hello(payload, (uint32_t)number("boot_id"), number("device_id"), firmware, (uint16_t)number("capabilities"),
                                  value("label"));
    }
    if (is("kind", "identify")) {
        *kind = WOKLINK_IDENTIFY;
        return 0;
    }
    if (is("kind", "ping")) {
        *kind = WOKLINK_PING;
        return woklink_pack_ping(payload, (uint32_t)number("id"));
    }
    if (is("kind", "pong")) {
        *kind = WOKLINK_PONG;
        return woklink_pack_pong(payload, (uint32_t)number("id"), number("host_us"), number("received_us"));
    }
    if (is("kind", "thermal")) {
        *kind = WOKLINK_THERMAL;
        n = woklink_pack_thermal(payload, (uint16_t)number("width"), (uint16_t)number("height"), (uint32_t)number("frame"),
                                 (uint32_t)number("first"), (int16_t)signed_number("ambient"));
        return n + words("pixels", payload + n, WOKLINK_MAX_PAYLOAD - n);
    }
    if (is("kind", "audio")) {
        *kind = WOKLINK_AUDIO;
        n = woklink_pack_audio(payload, number("first_sample"), (uint32_t)number("rate_hz"), (uint8_t)number("channels"));
        return n + words("samples", payload + n, WOKLINK_MAX_PAYLOAD - n);
    }
    if (is("kind", "temperature")) {
        *kind = WOKLINK_TEMPERATURE;
        return woklink_pack_temperature(payload, (uint8_t)number("sensor"), (int32_t)signed_number("milli_celsius"));
    }
    if (is("kind", "imu")) {
        uint8_t axes[12];
        int16_t milli_g[3], deci_dps[3];
        int i;
        *kind = WOKLINK_IMU;
        words("milli_g", axes, 6);
        words("deci_dps", axes + 6, 6);
        for (i = 0; i < 3; i++) {
            milli_g[i] = (int16_t)woklink_get16(axes + 2 * i);
            deci_dps[i] = (int16_t)woklink_get16(axes + 6 + 2 * i);
        }
        return woklink_pack_imu(payload, (uint8_t)number("sensor"), milli_g, deci_dps);
    }
    if (is("kind", "gas")) {
        *kind = WOKLINK_GAS;
        return woklink_pack_gas(payload, (uint8_t)number("sensor"), (uint8_t)number("quantity"), (uint32_t)number("value"));
    }
    *kind = (uint8_t)number("code");
    return hex("payload", payload, WOKLINK_MAX_PAYLOAD);
}

static int check(void) {
    static uint8_t wire[WOKLINK_MAX_WIRE + 1], written[WOKLINK_MAX_WIRE], payload[WOKLINK_MAX_PAYLOAD + WOKLINK_MAX_NAME];
    const size_t n = hex("wire", wire, sizeof wire);
    const int encode = is("encode", "yes");
    woklink_frame frame;
    woklink_result result;
    size_t payload_len;
    uint8_t kind;
    if (n == 0 || wire[n - 1] != 0 || memchr(wire, 0, n) != wire + n - 1) {
        return fail("the wire is not one delimited frame");
    }
    if (is("expect", "message")) {
        payload_len = pack(payload, &kind);
        if (encode) {
            const size_t len = woklink_encode(written, sizeof written, kind, (uint16_t)number("sequence"), number("time_us"), payload,
                                              payload_len);
            if (len != n || memcmp(written, wire, n) != 0) {
                return fail("encodes to other bytes");
            }
            if (woklink_encode(written, n - 1, kind, (uint16_t)number("sequence"), number("time_us"), payload, payload_len) != 0) {
                return fail("encodes into a buffer that is too small");
            }
        }
        result = woklink_decode(wire, n - 1, &frame);
        if (result != WOKLINK_OK) {
            return fail("does not decode");
        }
        if (frame.kind != kind || frame.sequence != number("sequence") || frame.time_us != number("time_us")) {
            return fail("decodes to another header");
        }
        /* A payload may be longer than its kind needs; never shorter. */
        if (frame.payload_len < payload_len || (encode && frame.payload_len != payload_len) ||
            memcmp(frame.payload, payload, payload_len) != 0) {
            return fail("decodes to another payload");
        }
        return 1;
    }
    result = woklink_decode(wire, n - 1, &frame);
    if (is("expect", "unsupported_version")) {
        return (result == WOKLINK_OTHER_VERSION && frame.version == number("version")) || fail("is not refused for its version");
    }
    if (is("expect", "bad_checksum")) {
        return result == WOKLINK_BAD_CHECKSUM || fail("is not refused for its checksum");
    }
    return (is("expect", "spoiled") && result == WOKLINK_SPOILED) || fail("is not refused as spoiled");
}

int main(int argc, char **argv) {
    int passed = 0, failed = 0, i;
    for (i = 1; i < argc; i++) {
        file_name = argv[i];
        if (load() && check()) {
            passed++;
        } else {
            failed++;
        }
    }
    printf("%d passed, %d failed\n", passed, failed);
    return passed > 0 && failed == 0 ? 0 : 1;
}
