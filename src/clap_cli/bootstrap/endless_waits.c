/* Mends two waits of the pinned wheels' Fast DDS 2.14.5 that never end. Loaded with LD_PRELOAD.

   1. A deadline that overflows (eProsima/Fast-DDS#6513). Before it destroys a participant, Fast DDS
   waits "until the end of time" for the participant's running callbacks
   (DomainParticipantImpl::set_listener). The wheels' build converts that deadline from one clock to
   another, where it overflows to a time long before 1970. The C library refuses such a time before
   it lets go of the lock, Fast DDS tries again at once, and the callback, which needs that lock to
   end, never does: the process hangs in destroy_node.

   2. Two threads that wait for each other when other nodes come and go (eProsima/Fast-DDS#6502). The
   thread that hears that a writer is gone holds the lock of discovery (PDP) while WriterProxy::stop
   waits for the proxy's own callback, if that is running. But it waits until the whole thread of
   timed events is idle (ResourceEvent::unregister_timer). If another event is due as well, such as
   the check whether a participant is still alive, that one wants the lock of discovery, and the
   thread is never idle again: the participant hears and says nothing from then on. Here stop waits
   for the proxy's own callback and for nothing else. The callback never takes that lock.

   The second is in the source of 2.14.5, so a ROS install with that version has it as well. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* 1. The deadline that overflows. */

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

/* 2. The threads that wait for each other. The functions below take the place of Fast DDS's own of
   the same (mangled) names, which call each other through the table of dynamic symbols. */

#define EVENT_TRIGGER                                                                         \
  "_ZN8eprosima8fastrtps4rtps14TimedEventImpl7triggerENSt6chrono10time_pointINS3_3_V212steady" \
  "_clockENS3_8durationIlSt5ratioILl1ELl1000000000EEEEEESB_"
#define EVENT_RECREATE "_ZN8eprosima8fastrtps4rtps10TimedEvent14recreate_timerEv"
#define EVENT_CANCEL "_ZN8eprosima8fastrtps4rtps10TimedEvent12cancel_timerEv"
#define PROXY_ACKNACK "_ZN8eprosima8fastrtps4rtps11WriterProxy24perform_initial_ack_nackEv"
#define PROXY_HEARTBEAT "_ZN8eprosima8fastrtps4rtps11WriterProxy26perform_heartbeat_responseEv"
#define PROXY_STOP "_ZN8eprosima8fastrtps4rtps11WriterProxy4stopEv"

void trigger_event(void *event, int64_t now, int64_t cancel) __asm__(EVENT_TRIGGER);
void recreate_event(void *event) __asm__(EVENT_RECREATE);
bool answer_first(void *proxy) __asm__(PROXY_ACKNACK);
void answer_heartbeat(void *proxy) __asm__(PROXY_HEARTBEAT);
void stop_proxy(void *proxy) __asm__(PROXY_STOP);

/* An event that a thread of events is at; `proxy` is the one whose callback it calls, or null. */
struct running {
  void *proxy;
  struct running *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t one_has_ended = PTHREAD_COND_INITIALIZER;
static struct running *all_running; /* guarded by `lock` */
static __thread struct running *own;
static __thread void *stopping;

/* Fast DDS's own function of that name: from the library that calls, which need not be global. */
static void *original(const char *name, void *caller) {
  Dl_info library;
  void *function = NULL;
  if (dladdr(caller, &library)) {
    void *handle = dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    function = handle ? dlsym(handle, name) : NULL;
  }
  if (!function) {
    abort(); /* it has just been called by that name */
  }
  return function;
}

#define ORIGINAL(type, name)                                          \
  static _Atomic(type) function;                                      \
  if (!function) {                                                    \
    function = (type)original(name, __builtin_return_address(0));     \
  }

typedef void (*trigger_t)(void *, int64_t, int64_t);
typedef void (*plain_t)(void *);
typedef bool (*answer_t)(void *);

void trigger_event(void *event, int64_t now, int64_t cancel) {
  ORIGINAL(trigger_t, EVENT_TRIGGER)
  struct running running = {NULL, NULL};
  own = &running;
  function(event, now, cancel);
  own = NULL;
  if (running.proxy) {
    pthread_mutex_lock(&lock);
    struct running **link = &all_running;
    while (*link != &running) {
      link = &(*link)->next;
    }
    *link = running.next;
    pthread_cond_broadcast(&one_has_ended);
    pthread_mutex_unlock(&lock);
  }
}

/* Before the callback can look at the proxy's state, which `stop` changes before it waits. */
static void note_callback(void *proxy) {
  if (own && !own->proxy) {
    pthread_mutex_lock(&lock);
    own->proxy = proxy;
    own->next = all_running;
    all_running = own;
    pthread_mutex_unlock(&lock);
  }
}

bool answer_first(void *proxy) {
  ORIGINAL(answer_t, PROXY_ACKNACK)
  note_callback(proxy);
  return function(proxy);
}

void answer_heartbeat(void *proxy) {
  ORIGINAL(plain_t, PROXY_HEARTBEAT)
  note_callback(proxy);
  function(proxy);
}

static bool runs_elsewhere(const void *proxy) {
  for (const struct running *one = all_running; one; one = one->next) {
    if (one->proxy == proxy && one != own) {
      return true;
    }
  }
  return false;
}

void stop_proxy(void *proxy) {
  ORIGINAL(plain_t, PROXY_STOP)
  stopping = proxy;
  function(proxy);
  stopping = NULL;
}

/* Called by `stop` while the proxy's callback runs: on return it has ended, and is not due again. */
void recreate_event(void *event) {
  if (!stopping) {
    ORIGINAL(plain_t, EVENT_RECREATE)
    function(event);
    return;
  }
  ORIGINAL(plain_t, EVENT_CANCEL)
  pthread_mutex_lock(&lock);
  while (runs_elsewhere(stopping)) {
    pthread_cond_wait(&one_has_ended, &lock);
  }
  pthread_mutex_unlock(&lock);
  function(event);
}
