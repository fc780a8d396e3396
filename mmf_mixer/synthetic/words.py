"""The caption of a synthetic clip: a sentence that tells of the activity, or one that tells of nothing."""

from collections.abc import Sequence

import numpy as np
import pysubs2

PHRASES: dict[str, tuple[str, ...]] = {
    "laugh": ("bursts out laughing", "giggles at the joke", "cannot stop chuckling"),
    "cry": ("is crying softly", "wipes away the tears", "sobs into a handkerchief"),
    "clap": ("claps along", "starts to applaud", "gives a round of applause"),
    "run": ("runs to the finish line", "sprints ahead", "goes jogging"),
    "dance": ("dances a waltz", "is dancing the tango", "twirls across the dance floor"),
    "cook": ("is cooking dinner", "fries the onions", "stirs the soup in the pot"),
    "drive": ("drives down the motorway", "steers the car", "shifts gear and brakes"),
    "swim": ("swims across the pool", "dives into the water", "does the backstroke"),
    "sing": ("sings the chorus", "hums a melody", "is singing in the choir"),
    "read": ("is reading a novel", "turns the page of the book", "reads the newspaper"),
    "climb": ("climbs the cliff", "reaches the mountain top", "hangs on the climbing rope"),
    "sleep": ("falls asleep", "is snoring in bed", "takes a nap on the pillow"),
    "paint": ("is painting a portrait", "mixes colours for the canvas", "dips the brush into the paint"),
    "fight": ("throws a punch", "is boxing in the ring", "kicks and wrestles the rival"),
    "pray": ("kneels and prays", "says a prayer", "folds both hands before the altar"),
}
ACTIVITIES = tuple(PHRASES)
IDLE = (
    "is over there now",
    "was here a moment ago",
    "has nothing to say",
    "is somebody we know",
    "came on Monday",
    "seems much as before",
    "may well be late",
    "is one of us",
)
PEOPLE = ("The woman", "The man", "A stranger", "My friend", "Our neighbour", "The child", "Somebody", "The old lady")
ASIDES = ("Well, I see.", "Look at that.", "Oh yes.", "And so it goes.", "Just a moment.", "You never know.")


def write(rng: np.random.Generator, activity: int | None, seconds: float) -> str:
    """SubRip text of two cues within `seconds`: a sentence and an aside that never tells, in either order.

    The sentence is about the activity, or idle talk of the same form if there is none.
    """
    told = IDLE if activity is None else PHRASES[ACTIVITIES[activity]]
    cues = [f"{rng.choice(PEOPLE)} {rng.choice(told)}.", str(rng.choice(ASIDES))]
    rng.shuffle(cues)
    return srt(cues, seconds)


def srt(cues: Sequence[str], seconds: float) -> str:
    """SubRip text of these cues, one after the other in equal parts of `seconds`."""
    part = round(1000 * seconds / len(cues))
    subtitles = pysubs2.SSAFile()
    for index, text in enumerate(cues):
        subtitles.append(pysubs2.SSAEvent(start=index * part + 50, end=(index + 1) * part - 50, text=text))
    return str(subtitles.to_string("srt"))
