/* opencl_executor.c - a plan prepared on an OpenCL device.
 *
 * It queues the launches on one in-order queue. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/backend/job.h"
#include "lib/backend/opencl/opencl.h"
#include "lib/backend/opencl/signals.h"
#include "lib/base/memory.h"

/* Batches that may be queued before the host waits for the one this far back: enough that the device never starves, few enough
 * that a stop takes effect soon and no driver's queue grows without limit. */
enum { BATCHES_IN_FLIGHT = 64, TIMED_MOST = 2048 /* launches that a profile has not asked for */ };

static opencl_api *api_of(const opencl_executor *e) {
    return &e->device->api;
}

static clenet_status fail(const opencl_executor *e, cl_int code, const char *call, clenet_error *error) {
    return opencl_error(error, code, call, e->device->found.name);
}

/* Reports the error of a call about a kernel. */
static clenet_status fail_kernel(const opencl_executor *e, cl_int code, const char *call, const launch *l,
                                 clenet_error *error) {
    char what[128];
    snprintf(what, sizeof what, "%s of %s", call, l->name);
    return fail(e, code, what, error);
}

/* Reads the times of launches that have run: after clFinish. */
static void collect_times(opencl_executor *e) {
    for (int i = 0; e->timed && i < e->timed_count; i++) {
        cl_ulong began = 0, ended = 0;
        cl_event event = e->timed[i].event;
        if (api_of(e)->clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof began, &began, NULL) ==
                CL_SUCCESS &&
            api_of(e)->clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof ended, &ended, NULL) ==
                CL_SUCCESS)
            profile_add(e->profile, e->timed[i].entry, (double)began * 1e-9, (double)ended * 1e-9);
        (void)api_of(e)->clReleaseEvent(event);
    }
    e->timed_count = 0;
}

/* ---- making ready ------------------------------------------------------------------------------------------- */

static clenet_status fill_zero(opencl_executor *e, cl_mem buffer, size_t bytes, clenet_error *error) {
    const cl_uint zero = 0;
    cl_int code = api_of(e)->clEnqueueFillBuffer(e->queue, buffer, &zero, sizeof zero, 0, bytes, 0, NULL, NULL);
    return code == CL_SUCCESS ? CLENET_OK : fail(e, code, "clEnqueueFillBuffer", error);
}

clenet_status opencl_buffer(opencl_executor *e, cl_mem *buffer, size_t bytes, clenet_error *error) {
    cl_int code;
    size_t words = (bytes + sizeof(cl_uint) - 1) / sizeof(cl_uint) + 1; /* never empty */
    *buffer = api_of(e)->clCreateBuffer(e->device->context, CL_MEM_READ_WRITE, words * sizeof(cl_uint), NULL, &code);
    if (code != CL_SUCCESS) return fail(e, code, "clCreateBuffer", error);
    return fill_zero(e, *buffer, words * sizeof(cl_uint), error);
}

/* The images that the list of buffer i takes at once: inference's buffers are first in the plan. */
static size_t images_of(const plan *p, int i) {
    return p->options.training && i > p->inference_probabilities ? p->options.batch : p->options.inference_batch;
}

static clenet_status make_buffers(opencl_executor *e, clenet_error *error) {
    const plan *p = e->p;
    size_t packed = p->network->packed_size * sizeof(float), lanes = (size_t)p->options.lanes;
    clenet_status status = opencl_buffer(e, &e->nothing, sizeof(float), error);
    for (int i = 0; i < REGIONS && status == CLENET_OK; i++)
        if (plan_has(&p->options, (plan_region)i)) status = opencl_buffer(e, &e->regions[i], packed, error);
    for (int i = 0; i < p->buffer_count && status == CLENET_OK; i++) {
        const plan_buffer *b = &p->buffers[i];
        size_t numbers = b->count * (b->per_image ? plan_blocks(p, images_of(p, i)) * lanes : 1);
        status = opencl_buffer(e, &e->buffers[i], numbers * (b->bytes ? 1 : sizeof(float)), error);
    }
    if (status == CLENET_OK) status = opencl_buffer(e, &e->loss, e->score_places * sizeof(cl_float), error);
    if (status == CLENET_OK) status = opencl_buffer(e, &e->correct, e->score_places * sizeof(cl_uint), error);
    return status;
}

static clenet_status get_memory(opencl_executor *e, clenet_error *error) {
    const plan *p = e->p;
    size_t lanes = (size_t)p->options.lanes;
    size_t most = p->options.batch > p->options.inference_batch ? p->options.batch : p->options.inference_batch;
    e->score_places = plan_blocks(p, most) * lanes;
    e->buffers = memory_new((size_t)p->buffer_count, sizeof(cl_mem));
    e->padded = memory_new((size_t)p->buffer_count, sizeof(cl_mem));
    e->loss_host = memory_new(e->score_places, sizeof *e->loss_host);
    e->correct_host = memory_new(e->score_places, sizeof *e->correct_host);
    e->outputs_host = memory_new(e->score_places * (size_t)network_classes(p->network), sizeof(float));
    if (e->buffers && e->padded && e->loss_host && e->correct_host && e->outputs_host) return CLENET_OK;
    return error_memory(error, e->score_places * sizeof(float), "an executor");
}

static void free_buffer(const opencl_executor *e, cl_mem buffer) {
    if (buffer) api_of(e)->clReleaseMemObject(buffer);
}

static void free_list(const opencl_executor *e, launch_list *list) {
    for (int i = 0; i < list->count; i++)
        if (list->launches[i].kernel) api_of(e)->clReleaseKernel(list->launches[i].kernel);
    memory_free(list->launches);
}

static void free_buffers(const opencl_executor *e) {
    const cl_mem single[] = {e->nothing, e->loss, e->correct, e->images, e->labels, e->order};
    for (int i = 0; i < REGIONS; i++) free_buffer(e, e->regions[i]);
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++) free_buffer(e, single[i]);
    for (int i = 0; e->buffers && i < e->p->buffer_count; i++) free_buffer(e, e->buffers[i]);
    for (int i = 0; e->padded && i < e->p->buffer_count; i++) free_buffer(e, e->padded[i]);
    for (int i = 0; i < e->scratch_count; i++) free_buffer(e, e->scratch[i]);
}

static void opencl_free(executor *base) {
    opencl_executor *e = (opencl_executor *)base;
    if (!e) return;
    if (e->queue) api_of(e)->clFinish(e->queue);
    collect_times(e);
    memory_free(e->timed);
    if (e->behind) api_of(e)->clReleaseEvent(e->behind);
    free_list(e, &e->training);
    free_list(e, &e->inference);
    free_buffers(e);
    if (e->queue) api_of(e)->clReleaseCommandQueue(e->queue);
    memory_free(e->buffers);
    memory_free(e->padded);
    memory_free(e->scratch);
    memory_free(e->loss_host);
    memory_free(e->correct_host);
    memory_free(e->outputs_host);
    memory_free(e);
}

/* ---- launching ---------------------------------------------------------------------------------------------- */

/* A kernel keeps its arguments from launch to launch: only arguments that differ from the batch before are set (NULL: all). */
static cl_int set_numbers(const opencl_executor *e, const launch *l, const batch_numbers *batch,
                          const batch_numbers *before) {
    cl_int now[SOURCES - SOURCE_FIRST], then[SOURCES - SOURCE_FIRST];
    memcpy(now, batch, sizeof now);
    if (before) memcpy(then, before, sizeof then);
    for (int i = 0; i < SOURCES - SOURCE_FIRST; i++) {
        cl_uint place = l->places[SOURCE_FIRST + i];
        if (place == 0 || (before && now[i] == then[i])) continue;
        cl_int code = api_of(e)->clSetKernelArg(l->kernel, place - 1, sizeof now[i], &now[i]);
        if (code != CL_SUCCESS) return code;
    }
    return CL_SUCCESS;
}

/* Records the launch for the profile; waits if too many are recorded. */
static cl_int note_time(opencl_executor *e, const launch *l, cl_event event, const batch_numbers *batch) {
    e->timed[e->timed_count++] = (timed_launch){event, l->entry};
    profile_add_call(e->profile, l->entry, &l->cost, (size_t)batch->count);
    if (e->timed_count < TIMED_MOST) return CL_SUCCESS;
    cl_int code = api_of(e)->clFinish(e->queue);
    collect_times(e);
    return code;
}

static clenet_status enqueue_product(opencl_executor *e, const launch *l, const batch_numbers *batch,
                                     clenet_error *error) {
    cl_event event = NULL;
    clenet_status status = clblast_multiply(&e->device->clblast, &l->product, (size_t)batch->blocks, e->queue,
                                            e->profile ? &event : NULL, e->device->found.name, error);
    if (status != CLENET_OK || !event) return status;
    cl_int code = note_time(e, l, event, batch);
    return code == CL_SUCCESS ? CLENET_OK : fail(e, code, "clFinish", error);
}

static clenet_status enqueue(opencl_executor *e, const launch *l, const batch_numbers *batch,
                             const batch_numbers *before, clenet_error *error) {
    if (l->is_product) return enqueue_product(e, l, batch, error);
    cl_int code = set_numbers(e, l, batch, before);
    if (code != CL_SUCCESS) return fail_kernel(e, code, "clSetKernelArg", l, error);
    const size_t global[3] = {l->global[0], l->global[1], l->by_blocks ? (size_t)batch->blocks : l->global[2]};
    cl_event event = NULL;
    code = api_of(e)->clEnqueueNDRangeKernel(e->queue, l->kernel, 3, NULL, global, l->local, 0, NULL,
                                             e->profile ? &event : NULL);
    if (event) code = note_time(e, l, event, batch);
    return code == CL_SUCCESS ? CLENET_OK : fail_kernel(e, code, "clEnqueueNDRangeKernel", l, error);
}

static clenet_status enqueue_all(opencl_executor *e, launch_list *list, const batch_numbers *batch,
                                 clenet_error *error) {
    const batch_numbers *before = list->is_set ? &list->set : NULL;
    clenet_status status = CLENET_OK;
    for (int i = 0; i < list->count && status == CLENET_OK; i++)
        status = enqueue(e, &list->launches[i], batch, before, error);
    list->set = *batch;
    list->is_set =
        status == CLENET_OK; /* after a failure some have this batch's numbers, and others have the previous batch's */
    return status;
}

/* Waits for the batches before the last marker, and sets the next one. */
static clenet_status hold_back(opencl_executor *e, clenet_error *error) {
    cl_event marker;
    cl_int code = api_of(e)->clEnqueueMarkerWithWaitList(e->queue, 0, NULL, &marker);
    if (code != CL_SUCCESS) return fail(e, code, "clEnqueueMarkerWithWaitList", error);
    api_of(e)->clFlush(e->queue);
    cl_event before = e->behind;
    e->behind = marker;
    if (!before) return CLENET_OK;
    code = api_of(e)->clWaitForEvents(1, &before);
    api_of(e)->clReleaseEvent(before);
    return code == CL_SUCCESS ? CLENET_OK : fail(e, code, "clWaitForEvents", error);
}

static clenet_status finish(opencl_executor *e, clenet_error *error) {
    cl_int code = api_of(e)->clFinish(e->queue);
    collect_times(e);
    if (code != CL_SUCCESS) return fail(e, code, "clFinish", error);
    if (!e->kept && e->inferred && (e->trained || !e->p->options.training)) {
        e->kept = true;
        device_programs_keep(e->device);
    }
    return CLENET_OK;
}

/* ---- the seam ----------------------------------------------------------------------------------------------- */

/* Sets a bound buffer in every launch that uses it. */
static clenet_status set_bound(opencl_executor *e, launch_source source, cl_mem buffer, clenet_error *error) {
    const launch_list *lists[] = {&e->training, &e->inference};
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < lists[k]->count; i++) {
            const launch *l = &lists[k]->launches[i];
            if (l->places[source] == 0) continue;
            cl_int code = api_of(e)->clSetKernelArg(l->kernel, l->places[source] - 1, sizeof buffer, &buffer);
            if (code != CL_SUCCESS) return fail_kernel(e, code, "clSetKernelArg", l, error);
        }
    return CLENET_OK;
}

/* Replaces *buffer with one that has a copy of the host's bytes. The host's memory is not lent (CL_MEM_USE_HOST_PTR): a driver may
 * copy lent memory again for each launch, while this copy is made once per run. */
static clenet_status upload(opencl_executor *e, cl_mem *buffer, const void *bytes, size_t count, clenet_error *error) {
    free_buffer(e, *buffer);
    *buffer = NULL;
    cl_int code;
    void *host = (void *)(uintptr_t)bytes; /* OpenCL's signature; CL_MEM_READ_ONLY keeps kernels from writing */
    *buffer =
        api_of(e)->clCreateBuffer(e->device->context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR, count, host, &code);
    return code == CL_SUCCESS ? CLENET_OK : fail(e, code, "clCreateBuffer", error);
}

static clenet_status opencl_set_order(executor *base, const uint32_t *rows, size_t count, clenet_error *error) {
    opencl_executor *e = (opencl_executor *)base;
    clenet_status status = finish(e, error);
    if (status != CLENET_OK) return status;
    e->positions = rows ? count : e->rows;
    if (e->positions == 0) return CLENET_OK;
    uint32_t *order = NULL;
    if (!rows) {
        order = memory_new(e->positions, sizeof *order);
        if (!order) return error_memory(error, e->positions * sizeof *order, "the order of the rows");
        for (size_t i = 0; i < e->positions; i++) order[i] = (uint32_t)i;
    }
    free_buffer(e, e->order);
    e->order = NULL;
    cl_int code;
    void *from = (void *)(uintptr_t)(rows ? rows : order);
    e->order = api_of(e)->clCreateBuffer(e->device->context, CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR,
                                         e->positions * sizeof *rows, from, &code);
    memory_free(order);
    if (code != CL_SUCCESS) return fail(e, code, "clCreateBuffer", error);
    return set_bound(e, SOURCE_ORDER, e->order, error);
}

static clenet_status opencl_bind(executor *base, const uint8_t *images, const uint8_t *labels, size_t rows,
                                 clenet_error *error) {
    opencl_executor *e = (opencl_executor *)base;
    clenet_status status = finish(e, error);
    e->rows = rows;
    if (status != CLENET_OK || rows == 0) {
        e->positions = 0;
        return status;
    }
    free_buffer(e, e->labels);
    e->labels = NULL;
    status = upload(e, &e->images, images, rows * shape_size(e->p->network->input), error);
    if (status == CLENET_OK && labels) status = upload(e, &e->labels, labels, rows, error);
    if (status == CLENET_OK) status = set_bound(e, SOURCE_IMAGES, e->images, error);
    if (status == CLENET_OK) status = set_bound(e, SOURCE_LABELS, e->labels ? e->labels : e->nothing, error);
    return status == CLENET_OK ? opencl_set_order(base, NULL, 0, error) : status;
}

static clenet_status write_buffer(const opencl_executor *e, cl_mem buffer, const void *from, size_t bytes,
                                  clenet_error *error) {
    cl_int code = api_of(e)->clEnqueueWriteBuffer(e->queue, buffer, CL_TRUE, 0, bytes, from, 0, NULL, NULL);
    return code == CL_SUCCESS ? CLENET_OK : fail(e, code, "clEnqueueWriteBuffer", error);
}

static clenet_status opencl_write(executor *base, plan_region region, const float *values, clenet_error *error) {
    opencl_executor *e = (opencl_executor *)base;
    return write_buffer(e, e->regions[region], values, e->p->network->packed_size * sizeof *values, error);
}

static clenet_status read_buffer(const opencl_executor *e, cl_mem buffer, void *to, size_t bytes, clenet_error *error) {
    cl_int code = api_of(e)->clEnqueueReadBuffer(e->queue, buffer, CL_TRUE, 0, bytes, to, 0, NULL, NULL);
    return code == CL_SUCCESS ? CLENET_OK : fail(e, code, "clEnqueueReadBuffer", error);
}

static clenet_status opencl_read(executor *base, plan_region region, float *values, clenet_error *error) {
    opencl_executor *e = (opencl_executor *)base;
    return read_buffer(e, e->regions[region], values, e->p->network->packed_size * sizeof *values, error);
}

static clenet_status check_range(const opencl_executor *e, size_t first, size_t count, clenet_error *error) {
    if (first > e->positions || count > e->positions - first)
        return error_set(error, CLENET_ERROR_ARGUMENT, "positions %zu to %zu are out of range: there are %zu", first,
                         first + count, e->positions);
    return CLENET_OK;
}

static clenet_status opencl_train(executor *base, const training_range *range, clenet_error *error) {
    opencl_executor *e = (opencl_executor *)base;
    if (!e->p->options.training || !e->labels)
        return error_set(error, CLENET_ERROR_ARGUMENT, "training needs a plan for training, and labels");
    clenet_status status = check_range(e, range->first, range->count, error);
    size_t batch_size = e->p->options.batch, index = 0;
    for (size_t done = 0; done < range->count && status == CLENET_OK; done += batch_size, index++) {
        size_t left = range->count - done, count = left < batch_size ? left : batch_size;
        cl_uint step = range->step + (cl_uint)index;
        batch_numbers batch = {.first = (cl_int)(range->first + done),
                               .count = (cl_int)count,
                               .blocks = (cl_int)plan_blocks(e->p, count),
                               .labelled = 1,
                               .step = step,
                               .round = range->epoch,
                               .update = plan_update_at(&e->p->options, step, training_rate(range, index))};
        status = enqueue_all(e, &e->training, &batch, error);
        e->trained = true;
        e->scored += count;
        if (status == CLENET_OK && batch.step % (BATCHES_IN_FLIGHT / 2) == 0) status = hold_back(e, error);
    }
    if (status == CLENET_OK) api_of(e)->clFlush(e->queue);
    return status;
}

/* to [images][classes] = from buffer [n/L][classes][L]. */
static clenet_status read_outputs(opencl_executor *e, int buffer, float *to, size_t images, clenet_error *error) {
    size_t lanes = (size_t)e->p->options.lanes, classes = (size_t)network_classes(e->p->network);
    size_t numbers = plan_blocks(e->p, images) * lanes * classes;
    clenet_status status = read_buffer(e, e->buffers[buffer], e->outputs_host, numbers * sizeof(float), error);
    if (status != CLENET_OK) return status;
    for (size_t i = 0; i < images; i++)
        for (size_t c = 0; c < classes; c++)
            to[i * classes + c] = e->outputs_host[(i / lanes * classes + c) * lanes + i % lanes];
    return CLENET_OK;
}

static void opencl_set_copy(executor *base, uint32_t copy) {
    ((opencl_executor *)base)->copy = copy;
}

static clenet_status opencl_infer(executor *base, size_t first, size_t count, float *logits, float *probabilities,
                                  clenet_error *error) {
    opencl_executor *e = (opencl_executor *)base;
    size_t most = e->p->options.inference_batch, classes = (size_t)network_classes(e->p->network);
    clenet_status status = check_range(e, first, count, error);
    for (size_t done = 0; done < count && status == CLENET_OK; done += most) {
        size_t now = count - done < most ? count - done : most;
        batch_numbers batch = {.first = (cl_int)(first + done),
                               .count = (cl_int)now,
                               .blocks = (cl_int)plan_blocks(e->p, now),
                               .labelled = e->labels != NULL,
                               .round = e->copy};
        status = enqueue_all(e, &e->inference, &batch, error);
        e->inferred = true;
        if (status == CLENET_OK && logits)
            status = read_outputs(e, e->p->inference_logits, logits + done * classes, now, error);
        if (status == CLENET_OK && probabilities)
            status = read_outputs(e, e->p->inference_probabilities, probabilities + done * classes, now, error);
        if (e->labels) e->scored += now;
    }
    return status == CLENET_OK ? finish(e, error) : status;
}

/* Reads the sums into loss_host and correct_host. */
static clenet_status read_sums(opencl_executor *e, clenet_error *error) {
    clenet_status status = read_buffer(e, e->loss, e->loss_host, e->score_places * sizeof(cl_float), error);
    if (status == CLENET_OK)
        status = read_buffer(e, e->correct, e->correct_host, e->score_places * sizeof(cl_uint), error);
    return status;
}

static clenet_status opencl_metrics(executor *base, run_metrics *metrics, clenet_error *error) {
    opencl_executor *e = (opencl_executor *)base;
    clenet_status status = read_sums(e, error);
    if (status != CLENET_OK) return status;
    *metrics = (run_metrics){.images = e->scored};
    for (size_t i = 0; i < e->score_places; i++) {
        metrics->loss += (double)e->loss_host[i];
        metrics->correct += e->correct_host[i];
    }
    return CLENET_OK;
}

static clenet_status opencl_metrics_reset(executor *base, clenet_error *error) {
    opencl_executor *e = (opencl_executor *)base;
    e->scored = 0;
    clenet_status status = fill_zero(e, e->loss, e->score_places * sizeof(cl_float), error);
    if (status == CLENET_OK) status = fill_zero(e, e->correct, e->score_places * sizeof(cl_uint), error);
    return status;
}

/* The number of images, and then loss and correct of each place. */
static size_t opencl_scores(const executor *base) {
    return 1 + 2 * ((const opencl_executor *)base)->score_places;
}

static clenet_status opencl_scores_read(executor *base, double *scores, clenet_error *error) {
    opencl_executor *e = (opencl_executor *)base;
    clenet_status status = read_sums(e, error);
    if (status != CLENET_OK) return status;
    *scores++ = (double)e->scored;
    for (size_t i = 0; i < e->score_places; i++) {
        *scores++ = (double)e->loss_host[i];
        *scores++ = e->correct_host[i];
    }
    return CLENET_OK;
}

static clenet_status opencl_scores_write(executor *base, const double *scores, clenet_error *error) {
    opencl_executor *e = (opencl_executor *)base;
    e->scored = (size_t)*scores++;
    for (size_t i = 0; i < e->score_places; i++) {
        e->loss_host[i] = (float)*scores++;
        e->correct_host[i] = (cl_uint)*scores++;
    }
    clenet_status status = write_buffer(e, e->loss, e->loss_host, e->score_places * sizeof(cl_float), error);
    if (status == CLENET_OK)
        status = write_buffer(e, e->correct, e->correct_host, e->score_places * sizeof(cl_uint), error);
    return status;
}

static const executor_functions opencl_functions = {.free = opencl_free,
                                                    .bind = opencl_bind,
                                                    .set_order = opencl_set_order,
                                                    .write = opencl_write,
                                                    .read = opencl_read,
                                                    .train = opencl_train,
                                                    .set_copy = opencl_set_copy,
                                                    .infer = opencl_infer,
                                                    .metrics = opencl_metrics,
                                                    .metrics_reset = opencl_metrics_reset,
                                                    .scores = opencl_scores,
                                                    .scores_read = opencl_scores_read,
                                                    .scores_write = opencl_scores_write};

/* CLBlast compiles a product at its first use: this makes one of zeros, so that no step waits for it. */
static clenet_status make_products(opencl_executor *e, const launch_list *list, size_t images, clenet_error *error) {
    clenet_status status = CLENET_OK;
    for (int i = 0; i < list->count && status == CLENET_OK; i++)
        if (list->launches[i].is_product)
            status = clblast_multiply(&e->device->clblast, &list->launches[i].product, plan_blocks(e->p, images),
                                      e->queue, NULL, e->device->found.name, error);
    return status;
}

static clenet_status make_ready(opencl_executor *e, clenet_error *error) {
    cl_int code;
    e->queue = api_of(e)->clCreateCommandQueue(e->device->context, e->device->found.device,
                                               e->profile ? CL_QUEUE_PROFILING_ENABLE : 0, &code);
    if (code != CL_SUCCESS) return fail(e, code, "clCreateCommandQueue", error);
    clenet_status status = get_memory(e, error);
    if (status == CLENET_OK) status = make_buffers(e, error);
    if (status == CLENET_OK)
        status = opencl_lower(e, &e->inference, e->p->inference, e->p->inference_count, e->p->options.inference_batch,
                              error);
    if (status == CLENET_OK && e->p->options.training)
        status = opencl_lower(e, &e->training, e->p->training, e->p->training_count, e->p->options.batch, error);
    if (status == CLENET_OK) status = make_products(e, &e->inference, e->p->options.inference_batch, error);
    if (status == CLENET_OK) status = make_products(e, &e->training, e->p->options.batch, error);
    return status == CLENET_OK ? finish(e, error) : status;
}

/* No plan runs before its job has passed. */
static clenet_status pass(opencl_executor *e, clenet_error *error) {
    opencl_verdict verdict;
    char *job = job_text(e->p->network, &e->p->options);
    if (!job) return error_memory(error, sizeof *e, "the check of a job");
    clenet_status status = opencl_judge(&verdict, e->device, job, error);
    free(job);
    if (status == CLENET_OK) memcpy(e->plain, verdict.plain, sizeof e->plain);
    return status;
}

clenet_status opencl_prepare(executor **out, const clenet_device *device, const plan *p, clenet_error *error) {
    opencl_executor *e = memory_new(1, sizeof *e);
    if (!e) return error_memory(error, sizeof *e, "an executor");
    e->base.functions = &opencl_functions;
    e->p = p;
    e->device = device->state;
    e->profile = device->profile;
    e->timed = e->profile ? memory_new(TIMED_MOST, sizeof *e->timed) : NULL;
    if (e->profile && !e->timed) {
        memory_free(e);
        return error_memory(error, TIMED_MOST * sizeof *e->timed, "a profile");
    }
    const signal_actions saved = signals_save();
    clenet_status status = pass(e, error);
    if (status == CLENET_OK) status = make_ready(e, error);
    signals_restore(&saved);
    if (status != CLENET_OK) {
        opencl_free(&e->base);
        return status;
    }
    *out = &e->base;
    return CLENET_OK;
}

static bool opencl_matches(const char *spec) {
    return strcmp(spec, "cpu") != 0;
}

const backend opencl_backend = {.name = "opencl",
                                .compiles = true,
                                .matches = opencl_matches,
                                .open = opencl_device_open,
                                .close = opencl_device_close,
                                .list = opencl_list,
                                .measure = opencl_limits,
                                .tune = opencl_tune,
                                .properties = opencl_properties,
                                .programs = opencl_programs,
                                .launch_times = opencl_launch_times,
                                .check = opencl_check,
                                .passed = opencl_passed,
                                .recall = opencl_recall,
                                .remember = opencl_remember,
                                .prepare = opencl_prepare};
