/**
 * How glibc gives memory to an agent, as in the image (deploy/docker/Dockerfile). With an arena a thread, large messages through several
 * threads hold 100 MiB more; thresholds that stay where they are give the buffers of large messages back to the system (25 MiB less of the
 * mda and the msa with 20 × 20 MiB at once; both measured with `npm run bench -- --large`).
 */
export const MALLOC = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
