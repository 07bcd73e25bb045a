/* The config, requests and provider's answers that the gateway's tests are told with. */
#pragma once

#define KEY "testkey"
#define KEY_HASH "sha256:98483c6eb40b6c31a448c22a66ded3b5e5e8d5119cac8327b655c8b5c4836489"
#define CHAT "/v1/chat/completions"
#define HELLO "{\"model\":\"gpt\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"
#define STREAMED                                                                                             \
    "{\"model\":\"gpt\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}"

#define OK_BODY "{\"id\":\"x\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}"
#define OK_REPLY "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 74\r\n\r\n" OK_BODY
#define SSE_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
#define CHUNK_A "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
#define CHUNK_B "data: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\n"
#define CHUNK_USAGE "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\n"
#define DONE "data: [DONE]\n\n"
#define STREAM_REPLY                                                                                         \
    SSE_HEAD "2f\r\n" CHUNK_A "\r\n2f\r\n" CHUNK_B "\r\n48\r\n" CHUNK_USAGE "\r\ne\r\n" DONE "\r\n0\r\n\r\n"

/* After model gpt, and after everything else. */
#define CONFIG_WITH(MODELS, MORE)                                                                            \
    "{\"version\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"tier\":\"Development\",\"owner\":"      \
    "\"retail\","                                                                                            \
    "\"callers\":[{\"name\":\"ada\",\"team\":\"shop\",\"keyHashes\":[\"" KEY_HASH "\"]}],"                   \
    "\"providers\":[{\"name\":\"mock\",\"type\":\"OpenAI\",\"baseUrl\":\"http://@/v1\"}],"                   \
    "\"models\":[{\"name\":\"gpt\",\"targets\":[{\"provider\":\"mock\",\"model\":\"gpt-4.1\"}],"             \
    "\"retry\":{\"attempts\":2,\"backoffBase\":\"1ms\",\"backoffMax\":\"2ms\"}}" MODELS "]" MORE "}"
#define CONFIG(MORE) CONFIG_WITH("", MORE)
