/* softmax_cross_entropy.cl - softmax and loss after a layer that is not dense. float32.
 *
 * With the gradient with respect to the logits.
 *
 * Layout, Twin: softmax.clh.
 * Build  : softmax.clh; -DL -DVW. */
#include "vec.clh"
#include "softmax.clh"

/* Launch: global (L/VW, 1, n/L): one work-item does VW images. */
kernel void softmax_cross_entropy(global float *restrict y, global float *restrict dx, global float *restrict loss,
                                  global uint *restrict correct, const global float *restrict x,
                                  const global uchar *restrict labels, const global uint *restrict order, int first,
                                  int count, int labelled) {
    if (get_global_id(1) > 0) return;
    softmax_and_loss(y, dx, loss, correct, x, labels, order, first, count, labelled, get_global_id(2), lane());
}
