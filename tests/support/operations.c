#include "operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/philox.h"

#define TAIL "flatten\ndense 3 softmax\n"
#define CLASSES "flatten\ndense 10 softmax\n"
#define IMAGE "input {8-16}x{8-16}x{1-5}\n"

/* Gradients reach only what has parameters before it: so pooling, relu and the second convolution stand behind batch norm,
 * and batch norm behind a convolution. Its place in the table draws an operation's random shapes: new ones stand at the end. */
const operation operations[] = {
    {"dense", "input 2x3x1\nflatten\ndense 4\ndense 3 softmax\n",
     "input {1-9}x{1-9}x{1-3}\nflatten\ndense {1-130}\ndense {2-40} softmax\n",
     "input 20x20x1\nflatten\ndense 120\ndense 10 softmax\n"},
    {"dense with relu", "input 2x3x1\nflatten\ndense 4 relu\ndense 3 softmax\n",
     "input {1-9}x{1-9}x1\nflatten\ndense {1-130} relu\ndense {1-90} relu\ndense {2-40} softmax\n",
     "input 20x20x1\nflatten\ndense 120 relu\ndense 84 relu\ndense 10 softmax\n"},
    {"softmax_cross_entropy", "input 2x3x1\nflatten\ndense 4\nsoftmax\n",
     "input {1-9}x{1-9}x1\nflatten\ndense {2-256}\nsoftmax\n", "input 12x7x1\nflatten\ndense 10\nsoftmax\n"},
    {"conv2d", "input 4x5x2\nconv2d 2 3x3 same\nconv2d 3 2x3 valid\n" TAIL,
     IMAGE "conv2d {1-20} {1-7}x{1-7} {same|valid}\nconv2d {1-8} {1-6}x{1-6} same\n" TAIL,
     "input 14x14x6\nbatchnorm\nconv2d 16 5x5 valid\n" CLASSES},
    {"conv2d with relu", "input 4x5x2\nconv2d 2 3x3 same relu\nconv2d 3 2x3 valid relu\n" TAIL,
     IMAGE "conv2d {1-20} {1-7}x{1-7} {same|valid} relu\nconv2d {1-8} {1-6}x{1-6} same relu\n" TAIL,
     "input 14x14x6\nbatchnorm\nconv2d 16 5x5 valid relu\n" CLASSES},
    {"conv2d with maxpool2d", "input 6x5x2\nconv2d 2 3x3 same\nmaxpool2d 2x2\nconv2d 3 2x2 same\nmaxpool2d 2x2\n" TAIL,
     IMAGE "conv2d {1-20} {1-7}x{1-7} {same|valid}\nmaxpool2d 2x2\nconv2d {1-8} {1-6}x{1-6} same\n" TAIL,
     "input 14x14x6\nbatchnorm\nconv2d 16 5x5 valid\nmaxpool2d 2x2\n" CLASSES},
    {"conv2d with relu and maxpool2d, the first",
     "input 6x6x1\nconv2d 2 3x3 same relu\nmaxpool2d 2x2\nconv2d 2 2x2 valid relu\nmaxpool2d 2x2\n" TAIL,
     IMAGE "conv2d {1-20} {1-7}x{1-7} {same|valid} relu\nmaxpool2d 2x2\n" TAIL,
     "input 28x28x1\nconv2d 6 5x5 same relu\nmaxpool2d 2x2\n" CLASSES},
    {"conv2d with relu and maxpool2d, the second",
     "input 4x4x2\nbatchnorm\nconv2d 3 3x3 valid relu\nmaxpool2d 2x2\n" TAIL,
     IMAGE "batchnorm\nconv2d {1-20} {1-7}x{1-7} {same|valid} relu\nmaxpool2d 2x2\n" TAIL,
     "input 14x14x6\nbatchnorm\nconv2d 16 5x5 valid relu\nmaxpool2d 2x2\n" CLASSES},
    {"maxpool2d", "input 5x5x1\nbatchnorm\nmaxpool2d 3x3\n" TAIL, IMAGE "batchnorm\nmaxpool2d {2x2|3x3|5x5|8x8}\n" TAIL,
     "input 28x28x6\nbatchnorm\nmaxpool2d 2x2\n" CLASSES},
    {"relu", "input 2x3x1\nbatchnorm\nrelu\n" TAIL, IMAGE "batchnorm\nrelu\n" TAIL,
     "input 14x14x6\nbatchnorm\nrelu\n" CLASSES},
    {"batchnorm", "input 3x3x1\nconv2d 2 2x2 valid relu\nbatchnorm\n" TAIL,
     IMAGE "conv2d {1-20} {1-3}x{1-3} same {relu| }\nbatchnorm\n{conv2d 3 3x3 valid| }\n" TAIL,
     "input 14x14x6\nconv2d 6 1x1 same relu\nbatchnorm\n" CLASSES},
    {"batchnorm with dropout", "input 3x3x1\nconv2d 2 2x2 valid relu\nbatchnorm\ndropout 0.5\n" TAIL,
     IMAGE "conv2d {1-20} {1-3}x{1-3} same relu\nbatchnorm\ndropout 0.{1-8}\n{conv2d 3 3x3 valid| }\n" TAIL,
     "input 14x14x6\nconv2d 6 1x1 same relu\nbatchnorm\ndropout 0.1\n" CLASSES},
    {"dropout", "input 2x3x1\nflatten\ndense 5 relu\ndropout 0.25\ndense 3 softmax\n",
     "input {1-9}x{1-9}x1\nflatten\ndense {1-130} relu\ndropout 0.{1-8}\ndense {2-40} softmax\n",
     "input 20x20x1\nflatten\ndense 120 relu\ndropout 0.3\ndense 10 softmax\n"},
    {"lenet",
     "input 8x8x1\nconv2d 2 3x3 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\nconv2d 3 3x3 valid relu\nmaxpool2d "
     "2x2\n"
     "batchnorm\ndropout 0.3\nflatten\ndense 4 relu\ndense 3 relu\ndense 2 softmax\n",
     "input {18-30}x{18-30}x{1-3}\nconv2d {1-8} 5x5 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\nconv2d {1-20} "
     "5x5 valid "
     "relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.3\nflatten\ndense {1-130} relu\ndense {1-90} relu\ndense {2-40} "
     "softmax\n",
     "input 28x28x1\nconv2d 6 5x5 same relu\nmaxpool2d 2x2\nbatchnorm\ndropout 0.1\nconv2d 16 5x5 valid "
     "relu\nmaxpool2d "
     "2x2\nbatchnorm\ndropout 0.3\nflatten\ndense 120 relu\ndense 84 relu\ndense 10 softmax\n"},
    {"avgpool2d", "input 5x5x1\nbatchnorm\navgpool2d 2x2\n" TAIL, IMAGE "batchnorm\navgpool2d {2x2|3x3|5x5|8x8}\n" TAIL,
     "input 28x28x6\nbatchnorm\navgpool2d 2x2\n" CLASSES},
    {"conv2d with tanh", "input 4x5x2\nconv2d 2 3x3 same tanh\nmaxpool2d 2x2\nconv2d 3 2x2 valid tanh\n" TAIL,
     IMAGE "conv2d {1-20} {1-7}x{1-7} {same|valid} tanh\n{maxpool2d 2x2|avgpool2d 2x2}\n" TAIL,
     "input 14x14x6\nbatchnorm\nconv2d 16 5x5 valid tanh\navgpool2d 2x2\n" CLASSES},
    {"dense with tanh", "input 2x3x1\nflatten\ndense 4 tanh\ndense 3 softmax\n",
     "input {1-9}x{1-9}x1\nflatten\ndense {1-130} tanh\ndense {1-90} tanh\ndense {2-40} softmax\n",
     "input 20x20x1\nflatten\ndense 120 tanh\ndense 84 tanh\ndense 10 softmax\n"},
    {"tanh", "input 2x3x1\nbatchnorm\ntanh\n" TAIL, IMAGE "batchnorm\ntanh\n" TAIL,
     "input 14x14x6\nbatchnorm\ntanh\n" CLASSES},
    {"sigmoid", "input 3x3x1\nconv2d 2 2x2 valid sigmoid\nsigmoid\nflatten\ndense 4 sigmoid\ndense 3 softmax\n",
     IMAGE "conv2d {1-20} {1-7}x{1-7} {same|valid} sigmoid\nsigmoid\nflatten\ndense {1-90} sigmoid\ndense 3 softmax\n",
     "input 14x14x6\nbatchnorm\nconv2d 16 5x5 valid sigmoid\nmaxpool2d 2x2\nsigmoid\n" CLASSES},
    {"leaky_relu",
     "input 3x3x1\nconv2d 2 2x2 valid leaky_relu\nleaky_relu 0.1\nflatten\ndense 4 leaky_relu\ndense 3 softmax\n",
     IMAGE "conv2d {1-20} {1-7}x{1-7} {same|valid} leaky_relu\nbatchnorm\nleaky_relu 0.{1-8}\nflatten\n"
           "dense {1-90} leaky_relu\ndense 3 softmax\n",
     "input 14x14x6\nbatchnorm\nconv2d 16 5x5 valid leaky_relu\nmaxpool2d 2x2\nleaky_relu\n" CLASSES},
    {"globalavgpool2d", "input 4x3x1\nconv2d 2 2x2 valid relu\nglobalavgpool2d\ndense 3 softmax\n",
     IMAGE "batchnorm\nconv2d {1-20} {1-7}x{1-7} {same|valid}\nglobalavgpool2d\n{dense 9 relu| }\ndense 3 softmax\n",
     "input 14x14x6\nbatchnorm\nglobalavgpool2d\ndense 10 softmax\n"},
    {"maxpool2d with a stride", "input 5x4x1\nbatchnorm\nmaxpool2d 3x3 same stride=2\n" TAIL,
     IMAGE "batchnorm\nmaxpool2d {2x2|3x3|5x5} {same|valid|padding=1|padding=1,0,0,1} stride={1-4}\n" TAIL,
     "input 28x28x6\nbatchnorm\nmaxpool2d 3x3 same stride=2\n" CLASSES},
    {"avgpool2d with a stride", "input 5x4x1\nbatchnorm\navgpool2d 3x3 same stride=2\n" TAIL,
     IMAGE "batchnorm\navgpool2d {2x2|3x3|5x5} {same|valid|padding=1|padding=1,0,0,1} stride={1-4}\n" TAIL,
     "input 28x28x6\nbatchnorm\navgpool2d 3x3 same stride=2\n" CLASSES},
    {"zeropad2d", "input 3x2x1\nbatchnorm\nzeropad2d 1,0,2,1\nconv2d 2 2x2 valid\n" TAIL,
     IMAGE "batchnorm\nzeropad2d {0-2},{0-2},{0-2},{0-2}\n{conv2d 3 3x3 valid relu|maxpool2d 2x2}\n" TAIL,
     "input 14x14x6\nbatchnorm\nzeropad2d 1\n" CLASSES},
    {"conv2d with a stride and groups",
     "input 5x6x2\nconv2d 4 3x3 same stride=2\nconv2d 4 2x2 padding=1,0,0,1 groups=2 stride=2 relu\n" TAIL,
     IMAGE "conv2d {4|8|12} {1-5}x{1-5} same stride={2-3} {relu| }\n"
           "conv2d {4|8} {1-3}x{1-3} padding={1-2} stride={1-3} groups={2|4} {relu| }\n" TAIL,
     "input 14x14x6\nbatchnorm\nconv2d 16 5x5 valid stride=2 groups=2 relu\n" CLASSES},
    {"depthwise conv2d", "input 5x4x2\nconv2d 2 3x3 same groups=2 stride=2\nconv2d 4 2x2 valid groups=2\n" TAIL,
     IMAGE
     "conv2d {6|12|18} 1x1 same\nconv2d {6|12|18} {1-5}x{1-5} same groups=6 stride={1-2}\n{relu|batchnorm}\n" TAIL,
     "input 14x14x6\nbatchnorm\nconv2d 6 3x3 same groups=6 relu\n" CLASSES},
    {"frozen conv2d", "input 4x5x2\nconv2d 2 3x3 same\nconv2d 3 2x3 valid relu frozen\n" TAIL,
     IMAGE "conv2d {1-20} {1-7}x{1-7} {same|valid} {relu| }\n{batchnorm| }\nconv2d {1-8} {1-6}x{1-6} same {relu| } "
           "frozen\n{maxpool2d 2x2|batchnorm| }\n" TAIL,
     "input 14x14x6\nbatchnorm\nconv2d 16 5x5 valid relu frozen\nmaxpool2d 2x2\n" CLASSES},
    {"frozen dense", "input 2x3x1\nflatten\ndense 4\ndense 3 relu frozen\ndense 3 softmax\n",
     "input {1-9}x{1-9}x1\nflatten\ndense {1-130} relu\n{batchnorm| }\ndense {1-90} relu frozen\ndense {2-40} softmax "
     "{frozen| }\n",
     "input 20x20x1\nflatten\ndense 120 relu\ndense 84 relu frozen\ndense 10 softmax\n"},
    {"frozen batchnorm", "input 3x3x1\nconv2d 2 2x2 valid relu\nbatchnorm frozen\n" TAIL,
     IMAGE "conv2d {1-20} {1-3}x{1-3} same relu\n{maxpool2d 2x2| }\nbatchnorm frozen\ndropout 0.{1-8}\n"
           "{conv2d 3 3x3 valid| }\n" TAIL,
     "input 14x14x6\nconv2d 6 1x1 same relu\nbatchnorm frozen\n" CLASSES},
    {"frozen first layers",
     "input 8x8x1\nconv2d 2 3x3 same relu frozen\nmaxpool2d 2x2\nbatchnorm frozen\ndropout 0.1\nconv2d 3 3x3 valid "
     "relu\n"
     "maxpool2d 2x2\nbatchnorm\nflatten\ndense 4 relu frozen\ndense 2 softmax\n",
     "input {18-30}x{18-30}x{1-3}\nconv2d {1-8} 5x5 same relu frozen\nmaxpool2d 2x2\nbatchnorm {frozen| }\ndropout "
     "0.1\n"
     "conv2d {1-20} 5x5 valid relu {frozen| }\nmaxpool2d 2x2\nbatchnorm\ndropout 0.3\nflatten\ndense {1-130} relu "
     "{frozen| "
     "}\ndense {2-40} softmax\n",
     "input 28x28x1\nconv2d 6 5x5 same relu frozen\nmaxpool2d 2x2\nbatchnorm frozen\ndropout 0.1\nconv2d 16 5x5 valid "
     "relu frozen\nmaxpool2d 2x2\nbatchnorm frozen\ndropout 0.3\nflatten\ndense 120 relu\ndense 84 relu\ndense 10 "
     "softmax\n"},
};

const int operation_count = (int)(sizeof operations / sizeof operations[0]);

/* A choice's text, without its braces. */
static void put_choice(char *to, size_t room, const char *choice, size_t length, uint32_t word) {
    int first, last;
    char copy[64];
    snprintf(copy, sizeof copy, "%.*s", (int)length, choice);
    if (!strchr(copy, '|') && sscanf(copy, "%d-%d", &first, &last) == 2) {
        snprintf(to, room, "%d", first + (int)(word % (uint32_t)(last - first + 1)));
        return;
    }
    uint32_t words = 1;
    for (const char *c = copy; *c; c++) words += *c == '|';
    const char *chosen = copy;
    for (uint32_t skip = word % words; skip > 0; skip--) chosen = strchr(chosen, '|') + 1;
    snprintf(to, room, "%.*s", (int)strcspn(chosen, "|"), chosen);
}

void operation_random(char text[OPERATION_TEXT], const operation *o, uint64_t seed) {
    uint32_t counter[4] = {0, (uint32_t)(o - operations), 0, 0xEEEE};
    size_t used = 0;
    for (const char *at = o->random; *at && used < OPERATION_TEXT - 1; counter[0]++) {
        size_t plain = strcspn(at, "{");
        used += (size_t)snprintf(text + used, OPERATION_TEXT - used, "%.*s", (int)plain, at);
        at += plain;
        if (*at != '{') continue;
        size_t length = strcspn(at + 1, "}");
        put_choice(text + used, OPERATION_TEXT - used, at + 1, length, philox(seed, counter).word[0]);
        used += strlen(text + used);
        at += length + 2;
    }
}
