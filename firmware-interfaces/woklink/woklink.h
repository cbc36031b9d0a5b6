/* WokLink version 1, for the microcontroller's side. C99, no allocation, no library beyond <stddef.h>, <stdint.h>, <string.h>.
 *
 * The specification is SPEC.md beside this file; the bytes are frozen in vectors/. Sending: woklink_begin, woklink_bytes..., woklink_end
 * into a buffer, or woklink_encode for a payload that already lies in memory. Receiving: collect bytes until a zero, then woklink_decode.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef WOKLINK_H
#define WOKLINK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WOKLINK_VERSION 1u
#define WOKLINK_HEADER_LEN 12u
#define WOKLINK_CRC_LEN 4u
#define WOKLINK_MAX_PAYLOAD 2048u
#define WOKLINK_MAX_FRAME (WOKLINK_HEADER_LEN + WOKLINK_MAX_PAYLOAD + WOKLINK_CRC_LEN)
#define WOKLINK_MAX_WIRE (WOKLINK_MAX_FRAME + WOKLINK_MAX_FRAME / 254u + 2u)

/* Offsets in a frame, before COBS. All numbers are little-endian. */
#define WOKLINK_AT_VERSION 0u  /* u8 */
#define WOKLINK_AT_KIND 1u     /* u8 */
#define WOKLINK_AT_SEQUENCE 2u /* u16, counts the sender's frames */
#define WOKLINK_AT_TIME_US 4u  /* u64, microseconds since the sender's boot */
#define WOKLINK_AT_PAYLOAD 12u

/* Kinds. */
#define WOKLINK_HELLO 0x01u
#define WOKLINK_IDENTIFY 0x02u /* no payload */
#define WOKLINK_PING 0x03u
#define WOKLINK_PONG 0x04u
#define WOKLINK_THERMAL 0x10u
#define WOKLINK_AUDIO 0x11u
#define WOKLINK_TEMPERATURE 0x20u
#define WOKLINK_IMU 0x21u
#define WOKLINK_GAS 0x22u

/* Offsets in the payloads. */
#define WOKLINK_HELLO_BOOT_ID 0u       /* u32, another one after every boot */
#define WOKLINK_HELLO_DEVICE_ID 4u     /* u64 */
#define WOKLINK_HELLO_FIRMWARE 12u     /* 3 x u8: major, minor, patch */
#define WOKLINK_HELLO_CAPABILITIES 15u /* u16, WOKLINK_CAN_... */
#define WOKLINK_HELLO_NAME_LEN 17u     /* u8, at most WOKLINK_MAX_NAME */
#define WOKLINK_HELLO_NAME 18u         /* UTF-8 */
#define WOKLINK_MAX_NAME 32u
#define WOKLINK_CAN_THERMAL 1u
#define WOKLINK_CAN_AUDIO 2u
#define WOKLINK_CAN_TEMPERATURE 4u
#define WOKLINK_CAN_IMU 8u
#define WOKLINK_CAN_GAS 16u

#define WOKLINK_PING_ID 0u /* u32 */
#define WOKLINK_PING_LEN 4u

#define WOKLINK_PONG_ID 0u          /* u32 */
#define WOKLINK_PONG_HOST_US 4u     /* u64, t0: the ping's time, echoed */
#define WOKLINK_PONG_RECEIVED_US 12u /* u64, t1: when the ping's last byte arrived */
#define WOKLINK_PONG_LEN 20u

#define WOKLINK_THERMAL_WIDTH 0u   /* u16 */
#define WOKLINK_THERMAL_HEIGHT 2u  /* u16 */
#define WOKLINK_THERMAL_FRAME 4u   /* u32, counts frames */
#define WOKLINK_THERMAL_FIRST 8u   /* u32, index of the first pixel here */
#define WOKLINK_THERMAL_AMBIENT 12u /* i16, 0.01 C */
#define WOKLINK_THERMAL_PIXELS 14u /* i16 each, 0.01 C, rows from the top, left to right */
#define WOKLINK_NO_PIXEL INT16_MIN

#define WOKLINK_AUDIO_FIRST_SAMPLE 0u /* u64, of each channel */
#define WOKLINK_AUDIO_RATE_HZ 8u      /* u32 */
#define WOKLINK_AUDIO_CHANNELS 12u    /* u8 */
#define WOKLINK_AUDIO_SAMPLES 14u     /* i16 each, interleaved; byte 13 is zero */

#define WOKLINK_TEMPERATURE_SENSOR 0u        /* u8 */
#define WOKLINK_TEMPERATURE_MILLI_CELSIUS 1u /* i32 */
#define WOKLINK_TEMPERATURE_LEN 5u
#define WOKLINK_NO_TEMPERATURE INT32_MIN

#define WOKLINK_IMU_SENSOR 0u   /* u8 */
#define WOKLINK_IMU_MILLI_G 1u  /* 3 x i16: X, Y, Z in 0.001 g */
#define WOKLINK_IMU_DECI_DPS 7u /* 3 x i16: X, Y, Z in 0.1 degree/s */
#define WOKLINK_IMU_LEN 13u

#define WOKLINK_GAS_SENSOR 0u   /* u8 */
#define WOKLINK_GAS_QUANTITY 1u /* u8, WOKLINK_OHM... */
#define WOKLINK_GAS_VALUE 2u    /* u32, in the quantity's unit */
#define WOKLINK_GAS_LEN 6u
#define WOKLINK_OHM 0u
#define WOKLINK_CO2_PPM 1u
#define WOKLINK_VOC_PPB 2u
#define WOKLINK_CO_PPB 3u
#define WOKLINK_HUMIDITY_CENTI_PERCENT 4u
#define WOKLINK_PASCAL 5u

/* ---- numbers ------------------------------------------------------------------------------------------------------------------- */

static inline void woklink_put16(uint8_t *at, uint16_t v) {
    at[0] = (uint8_t)v;
    at[1] = (uint8_t)(v >> 8);
}
static inline void woklink_put32(uint8_t *at, uint32_t v) {
    woklink_put16(at, (uint16_t)v);
    woklink_put16(at + 2, (uint16_t)(v >> 16));
}
static inline void woklink_put64(uint8_t *at, uint64_t v) {
    woklink_put32(at, (uint32_t)v);
    woklink_put32(at + 4, (uint32_t)(v >> 32));
}
static inline uint16_t woklink_get16(const uint8_t *at) {
    return (uint16_t)(at[0] | (uint16_t)at[1] << 8);
}
static inline uint32_t woklink_get32(const uint8_t *at) {
    return woklink_get16(at) | (uint32_t)woklink_get16(at + 2) << 16;
}
static inline uint64_t woklink_get64(const uint8_t *at) {
    return woklink_get32(at) | (uint64_t)woklink_get32(at + 4) << 32;
}

/* CRC-32/ISO-HDLC (zlib), four bits a step: a table of 64 bytes. Start with 0, feed piece by piece. */
static inline uint32_t woklink_crc32(uint32_t crc, const uint8_t *bytes, size_t n) {
    static const uint32_t table[16] = {0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u,
                                       0x4DB26158u, 0x5005713Cu, 0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu,
                                       0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu};
    crc = ~crc;
    while (n-- > 0) {
        crc ^= *bytes++;
        crc = crc >> 4 ^ table[crc & 15u];
        crc = crc >> 4 ^ table[crc & 15u];
    }
    return ~crc;
}

/* ---- sending ------------------------------------------------------------------------------------------------------------------- */

typedef struct {
    uint8_t *out;
    size_t cap;
    size_t code_at; /* where the current run's code byte stands */
    size_t at;      /* where the next byte goes */
    size_t payload; /* bytes of payload so far */
    uint32_t crc;
} woklink_writer;

static inline void woklink_set(woklink_writer *w, size_t at, uint8_t byte) {
    if (at < w->cap) {
        w->out[at] = byte;
    }
}
static inline void woklink_close_run(woklink_writer *w) {
    woklink_set(w, w->code_at, (uint8_t)(w->at - w->code_at));
    w->code_at = w->at++;
}
static inline void woklink_stuff(woklink_writer *w, const uint8_t *bytes, size_t n) {
    while (n-- > 0) {
        const uint8_t byte = *bytes++;
        if (byte == 0) {
            woklink_close_run(w);
        } else {
            woklink_set(w, w->at++, byte);
            if (w->at - w->code_at == 255) {
                woklink_close_run(w);
            }
        }
    }
}

/* Appends payload bytes. */
static inline void woklink_bytes(woklink_writer *w, const uint8_t *bytes, size_t n) {
    w->crc = woklink_crc32(w->crc, bytes, n);
    w->payload += n;
    woklink_stuff(w, bytes, n);
}

/* Begins a frame in `out`; WOKLINK_MAX_WIRE bytes always suffice. */
static inline void woklink_begin(woklink_writer *w, uint8_t *out, size_t cap, uint8_t kind, uint16_t sequence, uint64_t time_us) {
    uint8_t header[WOKLINK_HEADER_LEN];
    w->out = out;
    w->cap = cap;
    w->code_at = 0;
    w->at = 1;
    w->crc = 0;
    header[WOKLINK_AT_VERSION] = WOKLINK_VERSION;
    header[WOKLINK_AT_KIND] = kind;
    woklink_put16(header + WOKLINK_AT_SEQUENCE, sequence);
    woklink_put64(header + WOKLINK_AT_TIME_US, time_us);
    woklink_bytes(w, header, sizeof header);
    w->payload = 0;
}

/* Ends the frame: bytes to send, delimiter included, or 0 when it did not fit or its payload was too long. */
static inline size_t woklink_end(woklink_writer *w) {
    uint8_t crc[WOKLINK_CRC_LEN];
    woklink_put32(crc, w->crc);
    woklink_stuff(w, crc, sizeof crc);
    woklink_close_run(w);
    woklink_set(w, w->code_at, 0);
    return w->code_at < w->cap && w->payload <= WOKLINK_MAX_PAYLOAD ? w->at : 0;
}

/* A whole frame at once; as woklink_end. */
static inline size_t woklink_encode(uint8_t *out, size_t cap, uint8_t kind, uint16_t sequence, uint64_t time_us,
                                    const uint8_t *payload, size_t n) {
    woklink_writer w;
    woklink_begin(&w, out, cap, kind, sequence, time_us);
    woklink_bytes(&w, payload, n);
    return woklink_end(&w);
}

/* Payloads; each returns its length. `at` has room for the length, and for a name or samples the caller appends them. */
static inline size_t woklink_pack_hello(uint8_t *at, uint32_t boot_id, uint64_t device_id, const uint8_t firmware[3],
                                        uint16_t capabilities, const char *name) {
    size_t n = strlen(name);
    if (n > WOKLINK_MAX_NAME) {
        n = WOKLINK_MAX_NAME;
        while (n > 0 && ((uint8_t)name[n] & 0xC0u) == 0x80u) {
            n--; /* not inside a character */
        }
    }
    woklink_put32(at + WOKLINK_HELLO_BOOT_ID, boot_id);
    woklink_put64(at + WOKLINK_HELLO_DEVICE_ID, device_id);
    memcpy(at + WOKLINK_HELLO_FIRMWARE, firmware, 3);
    woklink_put16(at + WOKLINK_HELLO_CAPABILITIES, capabilities);
    at[WOKLINK_HELLO_NAME_LEN] = (uint8_t)n;
    memcpy(at + WOKLINK_HELLO_NAME, name, n);
    return WOKLINK_HELLO_NAME + n;
}
static inline size_t woklink_pack_ping(uint8_t *at, uint32_t id) {
    woklink_put32(at + WOKLINK_PING_ID, id);
    return WOKLINK_PING_LEN;
}
static inline size_t woklink_pack_pong(uint8_t *at, uint32_t id, uint64_t host_us, uint64_t received_us) {
    woklink_put32(at + WOKLINK_PONG_ID, id);
    woklink_put64(at + WOKLINK_PONG_HOST_US, host_us);
    woklink_put64(at + WOKLINK_PONG_RECEIVED_US, received_us);
    return WOKLINK_PONG_LEN;
}
static inline size_t woklink_pack_thermal(uint8_t *at, uint16_t width, uint16_t height, uint32_t frame, uint32_t first, int16_t ambient) {
    woklink_put16(at + WOKLINK_THERMAL_WIDTH, width);
    woklink_put16(at + WOKLINK_THERMAL_HEIGHT, height);
    woklink_put32(at + WOKLINK_THERMAL_FRAME, frame);
    woklink_put32(at + WOKLINK_THERMAL_FIRST, first);
    woklink_put16(at + WOKLINK_THERMAL_AMBIENT, (uint16_t)ambient);
    return WOKLINK_THERMAL_PIXELS;
}
static inline size_t woklink_pack_audio(uint8_t *at, uint64_t first_sample, uint32_t rate_hz, uint8_t channels) {
    woklink_put64(at + WOKLINK_AUDIO_FIRST_SAMPLE, first_sample);
    woklink_put32(at + WOKLINK_AUDIO_RATE_HZ, rate_hz);
    at[WOKLINK_AUDIO_CHANNELS] = channels;
    at[WOKLINK_AUDIO_CHANNELS + 1] = 0;
    return WOKLINK_AUDIO_SAMPLES;
}
static inline size_t woklink_pack_temperature(uint8_t *at, uint8_t sensor, int32_t milli_celsius) {
    at[WOKLINK_TEMPERATURE_SENSOR] = sensor;
    woklink_put32(at + WOKLINK_TEMPERATURE_MILLI_CELSIUS, (uint32_t)milli_celsius);
    return WOKLINK_TEMPERATURE_LEN;
}
static inline size_t woklink_pack_imu(uint8_t *at, uint8_t sensor, const int16_t milli_g[3], const int16_t deci_dps[3]) {
    int i;
    at[WOKLINK_IMU_SENSOR] = sensor;
    for (i = 0; i < 3; i++) {
        woklink_put16(at + WOKLINK_IMU_MILLI_G + 2 * i, (uint16_t)milli_g[i]);
        woklink_put16(at + WOKLINK_IMU_DECI_DPS + 2 * i, (uint16_t)deci_dps[i]);
    }
    return WOKLINK_IMU_LEN;
}
static inline size_t woklink_pack_gas(uint8_t *at, uint8_t sensor, uint8_t quantity, uint32_t value) {
    at[WOKLINK_GAS_SENSOR] = sensor;
    at[WOKLINK_GAS_QUANTITY] = quantity;
    woklink_put32(at + WOKLINK_GAS_VALUE, value);
    return WOKLINK_GAS_LEN;
}

/* ---- receiving ----------------------------------------------------------------------------------------------------------------- */

typedef struct {
    uint8_t version;
    uint8_t kind;
    uint16_t sequence;
    uint64_t time_us;
    const uint8_t *payload;
    size_t payload_len;
} woklink_frame;

typedef enum {
    WOKLINK_OK = 0,
    WOKLINK_SPOILED = 1,     /* no frame: too short, too long, or cut inside a run */
    WOKLINK_BAD_CHECKSUM = 2,
    WOKLINK_OTHER_VERSION = 3 /* the checksum holds; only `version` is set */
} woklink_result;

/* Decodes the `n` bytes before a delimiter, in place: `wire` then holds the frame, and `frame->payload` points into it. */
static inline woklink_result woklink_decode(uint8_t *wire, size_t n, woklink_frame *frame) {
    size_t in = 0;
    size_t len = 0;
    while (in < n) {
        const uint8_t code = wire[in++];
        size_t run = (size_t)code - 1;
        if (code == 0 || run > n - in) {
            return WOKLINK_SPOILED;
        }
        while (run-- > 0) {
            if (wire[in] == 0) {
                return WOKLINK_SPOILED;
            }
            wire[len++] = wire[in++];
        }
        if (code != 255 && in < n) {
            wire[len++] = 0;
        }
    }
    if (len < WOKLINK_HEADER_LEN + WOKLINK_CRC_LEN || len > WOKLINK_MAX_FRAME) {
        return WOKLINK_SPOILED;
    }
    len -= WOKLINK_CRC_LEN;
    if (woklink_crc32(0, wire, len) != woklink_get32(wire + len)) {
        return WOKLINK_BAD_CHECKSUM;
    }
    frame->version = wire[WOKLINK_AT_VERSION];
    if (frame->version != WOKLINK_VERSION) {
        return WOKLINK_OTHER_VERSION;
    }
    frame->kind = wire[WOKLINK_AT_KIND];
    frame->sequence = woklink_get16(wire + WOKLINK_AT_SEQUENCE);
    frame->time_us = woklink_get64(wire + WOKLINK_AT_TIME_US);
    frame->payload = wire + WOKLINK_AT_PAYLOAD;
    frame->payload_len = len - WOKLINK_HEADER_LEN;
    return WOKLINK_OK;
}

#ifdef __cplusplus
}
#endif
#endif
