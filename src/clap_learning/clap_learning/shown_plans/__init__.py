"""The planner `shown`: a sentence that was demonstrated is done as it was shown, in other colours
and places too; any other sentence goes to another planner."""
