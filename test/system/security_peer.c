/* One participant of DDS, for test_dds_security.py: says something on a topic, or listens to it.

   security_peer say|hear TOPIC SECONDS TEXT

   Prints what came of it: "said", "heard TEXT", "heard nothing", or what it was denied. Its keys, if
   any, are in CYCLONEDDS_URI. */

#include "dds/dds.h"
#include "text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int denied(const char *what) {
  printf("denied: %s\n", what);
  return 0;
}

int main(int count, char **words) {
  if (count != 5) {
    return 2;
  }
  int says = strcmp(words[1], "say") == 0;
  dds_entity_t participant = dds_create_participant(DDS_DOMAIN_DEFAULT, NULL, NULL);
  if (participant < 0) {
    return denied("participant");
  }
  dds_qos_t *qos = dds_create_qos();
  dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, DDS_SECS(1));
  dds_entity_t topic =
      dds_create_topic(participant, &std_msgs_msg_dds__String__desc, words[2], qos, NULL);
  if (topic < 0) {
    return denied("topic");
  }
  dds_entity_t end = says ? dds_create_writer(participant, topic, qos, NULL)
                          : dds_create_reader(participant, topic, qos, NULL);
  if (end < 0) {
    return denied(says ? "writer" : "reader");
  }
  dds_time_t until = dds_time() + (dds_duration_t)(atof(words[3]) * 1e9);
  std_msgs_msg_dds__String_ text = {.data = words[4]};
  int has_heard = 0;
  while (dds_time() < until && !has_heard) {
    void *sample = NULL;
    dds_sample_info_t about;
    if (says) {
      dds_write(end, &text);
    } else if (dds_take(end, &sample, &about, 1, 1) > 0) {
      if (about.valid_data) {
        printf("heard %s\n", ((std_msgs_msg_dds__String_ *)sample)->data);
        has_heard = 1;
      }
      dds_return_loan(end, &sample, 1);
    }
    dds_sleepfor(DDS_MSECS(50));
  }
  if (!has_heard) {
    puts(says ? "said" : "heard nothing");
  }
  dds_delete_qos(qos);
  dds_delete(participant);
  return 0;
}
