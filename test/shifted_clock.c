/* Shifts the clock of a process by CLOCK_SHIFT_S seconds, as if its computer's clock were wrong.
   Loaded with LD_PRELOAD. Linux has one wall clock for all namespaces, so this is where it can be
   shifted: what a process reads of it, and, the other way round, until when it waits on it. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#define NS_PER_S 1000000000LL

static int64_t shift_ns;
static int (*real_gettime)(clockid_t, struct timespec *);
static int (*real_timedwait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
static int (*real_clockwait)(
    pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);

__attribute__((constructor)) static void begin(void) {
  const char *text = getenv("CLOCK_SHIFT_S");
  shift_ns = text ? (int64_t)(atof(text) * 1e9) : 0;
  *(void **)&real_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  *(void **)&real_timedwait = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  *(void **)&real_clockwait = dlsym(RTLD_NEXT, "pthread_cond_clockwait");
}

static struct timespec shifted(struct timespec time, int64_t by_ns) {
  int64_t ns = time.tv_sec * NS_PER_S + time.tv_nsec + by_ns;
  struct timespec result = {ns / NS_PER_S, ns % NS_PER_S};
  return result;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (!real_gettime) {
    begin(); /* asked before this library's constructor */
  }
  int status = real_gettime(clock, now);
  if (!status && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    *now = shifted(*now, shift_ns);
  }
  return status;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec time;
  int status = clock_gettime(CLOCK_REALTIME, &time);
  now->tv_sec = time.tv_sec;
  now->tv_usec = time.tv_nsec / 1000;
  return status;
}

time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result) {
    *result = now.tv_sec;
  }
  return now.tv_sec;
}

int pthread_cond_timedwait(
    pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline) {
  /* glibc notes in this bit that the condition's deadlines are on the steady clock. */
  int is_steady = condition->__data.__wrefs & 2;
  if (is_steady || deadline->tv_sec <= 1) {
    return real_timedwait(condition, mutex, deadline);
  }
  struct timespec real = shifted(*deadline, -shift_ns);
  return real_timedwait(condition, mutex, &real);
}

int pthread_cond_clockwait(
    pthread_cond_t *condition,
    pthread_mutex_t *mutex,
    clockid_t clock,
    const struct timespec *deadline) {
  if (clock != CLOCK_REALTIME || deadline->tv_sec <= 1) {
    return real_clockwait(condition, mutex, clock, deadline);
  }
  struct timespec real = shifted(*deadline, -shift_ns);
  return real_clockwait(condition, mutex, clock, &real);
}
