"""What is said of a password that is easy to guess, and how to do better: our words for everything zxcvbn finds."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from zxcvbn_rs_py import Feedback, Suggestion, Warning

WARNINGS = (
    (Warning.StraightRowsOfKeysAreEasyToGuess, gettext_lazy("Straight rows of keys are easy to guess.")),
    (Warning.ShortKeyboardPatternsAreEasyToGuess, gettext_lazy("Short patterns on the keyboard are easy to guess.")),
    (Warning.RepeatsLikeAaaAreEasyToGuess, gettext_lazy("Repeats like “aaa” are easy to guess.")),
    (
        Warning.RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess,
        gettext_lazy("Repeats like “abcabcabc” are hardly better than “abc”."),
    ),
    (Warning.ThisIsATop10Password, gettext_lazy("This is one of the ten most common passwords.")),
    (Warning.ThisIsATop100Password, gettext_lazy("This is one of the hundred most common passwords.")),
    (Warning.ThisIsACommonPassword, gettext_lazy("This is a very common password.")),
    (Warning.ThisIsSimilarToACommonlyUsedPassword, gettext_lazy("This is close to a common password.")),
    (Warning.SequencesLikeAbcAreEasyToGuess, gettext_lazy("Sequences like “abc” or “6543” are easy to guess.")),
    (Warning.RecentYearsAreEasyToGuess, gettext_lazy("Recent years are easy to guess.")),
    (Warning.AWordByItselfIsEasyToGuess, gettext_lazy("A word by itself is easy to guess.")),
    (Warning.DatesAreOftenEasyToGuess, gettext_lazy("Dates are often easy to guess.")),
    (Warning.NamesAndSurnamesByThemselvesAreEasyToGuess, gettext_lazy("Names by themselves are easy to guess.")),
    (Warning.CommonNamesAndSurnamesAreEasyToGuess, gettext_lazy("Common names are easy to guess.")),
)

SUGGESTIONS = (
    (Suggestion.UseAFewWordsAvoidCommonPhrases, gettext_lazy("Use a few words that are no common phrase.")),
    (
        Suggestion.NoNeedForSymbolsDigitsOrUppercaseLetters,
        gettext_lazy("It needs no signs, digits or capital letters."),
    ),
    (Suggestion.AddAnotherWordOrTwo, gettext_lazy("Add another word or two. Unusual words are better.")),
    (Suggestion.CapitalizationDoesntHelpVeryMuch, gettext_lazy("A capital letter at the start hardly helps.")),
    (
        Suggestion.AllUppercaseIsAlmostAsEasyToGuessAsAllLowercase,
        gettext_lazy("All capital letters are hardly better than all small ones."),
    ),
    (Suggestion.ReversedWordsArentMuchHarderToGuess, gettext_lazy("Words spelled backwards are hardly better.")),
    (
        Suggestion.PredictableSubstitutionsDontHelpVeryMuch,
        gettext_lazy("Swaps that everybody makes, like “@” for “a”, hardly help."),
    ),
    (
        Suggestion.UseALongerKeyboardPatternWithMoreTurns,
        gettext_lazy("A pattern on the keyboard must be longer and have more turns."),
    ),
    (Suggestion.AvoidRepeatedWordsAndCharacters, gettext_lazy("Do not repeat words or characters.")),
    (Suggestion.AvoidSequences, gettext_lazy("Leave out sequences.")),
    (Suggestion.AvoidRecentYears, gettext_lazy("Leave out recent years.")),
    (Suggestion.AvoidYearsThatAreAssociatedWithYou, gettext_lazy("Leave out years that have to do with you.")),
    (
        Suggestion.AvoidDatesAndYearsThatAreAssociatedWithYou,
        gettext_lazy("Leave out dates and years that have to do with you."),
    ),
)


def words(feedback: Feedback | None) -> str:
    """Why it is easy to guess and what to do instead, in the language that is active."""
    if feedback is None:
        return _("This is easy to guess.")
    why = [str(said) for warning, said in WARNINGS if warning == feedback.warning]
    advice = [str(said) for suggestion, said in SUGGESTIONS if suggestion in feedback.suggestions]
    return " ".join([*(why or [_("This is easy to guess.")]), *advice])
