/* Lets Fast DDS wait without end, as it means to. Loaded with LD_PRELOAD on the pinned wheels.

   Before it destroys a participant, Fast DDS waits "until the end of time" for the participant's
   running callbacks (DomainParticipantImpl::set_listener). The wheels' build converts that deadline
   from one clock to another, where it overflows to a time long before 1970. The C library refuses
   such a time before it lets go of the lock, Fast DDS tries again at once, and the callback, which
   needs that lock to end, never does: the process hangs in destroy_node (eProsima/Fast-DDS#6513). */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <time.h>

static int (*real_timedwait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

__attribute__((constructor)) static void find_real_timedwait(void) {
  /* By its version: without one, dlsym may answer with the C library's oldest. */
  *(void **)&real_timedwait = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
}

int pthread_cond_timedwait(
    pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline) {
  if (deadline->tv_sec < 0) {
    return pthread_cond_wait(condition, mutex);
  }
  return real_timedwait(condition, mutex, deadline);
}
