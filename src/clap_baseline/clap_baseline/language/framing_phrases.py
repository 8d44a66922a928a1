"""Phrases around an order that change nothing of it, by what they are followed by."""

from __future__ import annotations

from clap_baseline.language.small_words import phrases
from clap_baseline.language.verbs import Phrase, listed, words

_IT_WOULD_BE: tuple[Phrase, ...] = tuple(
    (*would, *very, how)
    for would in phrases("it would be, i would be, would be, would it be, it will be")
    for very in ((), *phrases("very, really, so, much, most"))
    for how in listed(
        "nice great good lovely wonderful kind fine best better helpful super perfect awesome "
        "fantastic cool grateful glad happy obliged pleased thankful delighted ok okay swell sweet "
        "ideal possible"
    )
)

_POLITE = phrases(
    "there is a good robot, there is a good boy, that would be "
    "great, that would be nice, possibly, perhaps, maybe, in sequence, in the following order, in "
    "the following sequence, in this sequence, in that sequence, one at a time, in turn, and "
    "thank you, please and thank you, may i ask you to, would it be possible to, is it possible "
    "to, i would appreciate it if you could, do please, please do, i would ask you to, i ask you "
    "to, feel free to, i would like you to, i want you to, i need you to, i would love you to, i "
    "would love it if you could, could you, can you, would you, will you, would you mind, do you "
    "mind, you should, you must, you have to, you need to, you are to, you can, you could, you "
    "might, go ahead and, go and, thank you, thank you very much, many thanks, for me, for us, if "
    "you please, if you would, if you will, if you can, if you could, if possible, if you do not "
    "mind, if you don't mind, be so kind and, be so kind as to, be so good as to, be a dear and, "
    "be kind enough to, please, pls, plz, kindly, thanks, cheers, carefully, gently, just, "
    "simply, only, simply just, now, right now, firstly, finally, lastly, again, also, directly, "
    "straight, completely, fully, entirely, all the way, too, as well, there you go, in this "
    "order, in that order, in the given order, in exactly this order, in the order given, in "
    "order, one after the other, one after another, one by one, you may, and nothing else, but "
    "nothing else, nothing else, and only that, and that is all, that is all, and that is it, um, "
    "uh, er, erm, hmm, you know, i think, as far as it goes, as far as it will go"
)
POLITENESS: tuple[Phrase, ...] = (
    *_POLITE,
    *((*nice, "if", "you", can) for nice in _IT_WOULD_BE for can in ("could", "can", "would")),
)
"""Change nothing, wherever they stand. The arm is always careful."""

GREETINGS = words(
    "hey hello hi ok okay robot panda franka well alright yo oi listen attention computer "
    "assistant dear buddy mate pal dude friend sir love darling sweetie"
)
"""Words that change nothing at the start of the instruction."""

FAREWELLS = words(
    "ok okay alright mate buddy pal friend dude bye yeah yes eh huh right-o love darling dear ta "
    "cheers wouldja"
)
"""Words that change nothing at the end of a sentence."""

WITH_INFINITIVE: tuple[Phrase, ...] = (
    *(
        ("be", "a", *good, pal, "and")
        for good in ((), ("good",), ("nice",))
        for pal in ("pal", "dear", "darling", "sport", "friend", "mate", "robot", "angel")
    ),
    *phrases(
        "you forgot to, your task now is to, your job now is to, i would like for you to, the "
        "task at hand is to, let the gripper, let the robot, let the arm, let your arm, let your "
        "hand, have the robot, let me see you, let me watch you, how about we, how about you, "
        "what about you, what if we, i want for you to, i was hoping you could, i was hoping you "
        "would, i was hoping that you could, i am hoping you can, i was thinking you could, i was "
        "thinking you might, what i need is for you to, i need for you to, i want that you, i "
        "would like that you, i would love to see you, i would like to see you, i want to see "
        "you, i need that you, let's, let us, try to, please try to, try and, your task is to, "
        "your job is to, your goal is to, the task is to, the job is to, the goal is to, the aim "
        "is to, the idea is to, the plan is to, your next task is to, your next job is to, your "
        "first task is to, your turn to, it is your job to, it is your task to, it is your turn "
        "to, it is time to, it is now time to, time to, now it is time to, can i ask you to, "
        "could i ask you to, might i ask you to, may i trouble you to, can i get you to, could i "
        "get you to, can i have you, why don't you, why do not you, why don't we, why not, shall "
        "we, can we, could we, we need to, we have to, we want to, we should, we must, we will, i "
        "am asking you to, i beg you to, i would have you, i am going to need you to, i will need "
        "you to, i wish you to, i want us to, you are asked to, you are kindly asked to, you are "
        "required to, you are requested to, you are supposed to, you have got to, you gotta, you "
        "got to, you are going to, you ought to, you had better, you better, you will, you shall, "
        "all you have to do is, all you need to do is, what you need to do is, what you have to "
        "do is, what you should do is, what i need you to do is, what i want you to do is, what i "
        "would like you to do is, be sure to, make sure to, make sure you, make sure that you, "
        "see that you, remember to, don't forget to, do not forget to, start to, begin to, "
        "proceed to, continue to, move on to, go on to, go on and, go to, would you be able to, "
        "are you able to, would you be so kind and, would you be so kind as to, would you be so "
        "good as to, would you kindly, i order you to, i command you to, i request that you, i "
        "request you to, i suggest you, i suggest that you, the robot should, the robot must, the "
        "robot has to, the robot shall, the robot is to, the arm should, the arm must, the robot "
        "needs to, please help me to, help me, help me to, it is necessary to, it is required to, "
        "it is important to, there is a need to, the next step is to, the first step is to, the "
        "last step is to, the second step is to, then your task is to, do me a favour and, do me "
        "a favor and, do us a favour and, thou shalt, pray, prithee, be a good robot and, be good "
        "and, i would prefer you to, i expect you to, i hope you can, i hope you will, want you "
        "to, need you to, wanna, you wanna, do you want to, would you like to, would you care to, "
        "do you think you could, do you think you can, i wonder if you could, i was wondering if "
        "you could, i wondered if you could, you know what, use your arm to, use your hand to, "
        "use your gripper to, use your finger to, use your fingers to, use the gripper to, take "
        "your finger and, take your hand and"
    ),
    *((*nice, *you) for nice in _IT_WOULD_BE for you in (("to",), ("for", "you", "to"))),
)
"""Stand before an order."""

TITLES: tuple[Phrase, ...] = (
    *phrases(
        "it is your turn, your turn, you are up, do the following, do this, do as follows, here "
        "is what to do, here is your task, here is the task, here is what i want, here is the "
        "plan, next up, instructions, steps, plan, to do, the following, what to do"
    ),
    *(
        (*your, *next_, task)
        for your in ((), ("your",), ("the",))
        for next_ in ((), ("next",), ("new",), ("first",), ("last",), ("current",))
        for task in (
            "task",
            "job",
            "step",
            "action",
            "command",
            "instruction",
            "mission",
            "goal",
            "order",
        )
    ),
)
"""Stand before a colon."""

WITH_GERUND = phrases(
    "mind, how about, what about, start by, start off by, begin by, start with, begin with, "
    "continue by, continue with, go on by, go on with, carry on by, carry on with, follow by, "
    "follow up by, followed by, follow this by, follow that by, and follow that by, finish by, "
    "finish with, finish off by, finish up by, end by, end with, conclude by, proceed by, proceed "
    "with, would you mind, do you mind, i would not mind you, i would suggest, i suggest, i "
    "recommend, consider, your task is, your job is, your first task is, your next task is, the "
    "first step is, the next step is, the last step is, try, your task will be, think about, what "
    "would you think about, it is worth"
)
"""Stand before an order whose verb is a gerund: "start by picking up"."""

WITH_PAST: tuple[Phrase, ...] = (
    *phrases(
        "i would appreciate it if you, i would appreciate if you, i would like it if you, i would "
        "love it if you, it would help if you, it would help me if you, would it be ok if you, "
        "what if you, suppose you, how about if you, it is time you, it is about time you, it is "
        "high time you, i would rather you, i wish you"
    ),
    *((*nice, "if", "you") for nice in _IT_WOULD_BE),
)
"""Stand before an order whose verb is a past form: "I'd be grateful if you picked up"."""

AFTERWARDS = phrases("after that, after this, afterwards, afterward, thereafter, after doing so")
"""At the end of a clause: it comes after what was said before it, as it does anyway."""

DONE: tuple[Phrase, ...] = tuple(
    (*when, *who, done, *that)
    for when in (("when",), ("once",), ("after",), ("as", "soon", "as"), ("having",), ("and",), ())
    for who in (
        ("that", "is"), ("this", "is"), ("it", "is"), ("you", "are"), ("you", "have"), ("that",),
        ("you", "are", "all"), (), ("that", "has", "been"), ("this", "has", "been"),
    )
    for done in ("done", "finished", "complete", "completed")
    for that in ((), ("that",), ("this",), ("so",), ("it",), ("with", "that"), ("with", "this"),
                 ("with", "it"))
    if (when and when != ("and",)) or who == ("that",)
)  # fmt: skip
"""That the step before has ended: the next one follows, as it does anyway."""

DONE_WITH: tuple[Phrase, ...] = tuple(
    (*done, "with") for done in DONE if "you" in done and done[-1] in ("done", "finished")
)
"""What has been done with a thing comes first: "after you are done with the red button, ..."."""
