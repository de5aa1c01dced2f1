namespace Kanade.Text;

/// <summary>Reads labels in two lines a sentence, as the ROHAN and ITA corpora have them: <c>NAME,k o N n i …</c> and <c>NAME,_ [ _ ] …</c>, an accent mark a phone:
/// <c>]</c> on the vowel after which the pitch falls, <c>#</c> or <c>?</c> on the last phone (or the pause) of a phrase.</summary>
internal static class PhoneAccentTable
{
    public static Dictionary<string, IReadOnlyList<LabelPhrase>> Read(string path)
    {
        var labels = new Dictionary<string, IReadOnlyList<LabelPhrase>>(StringComparer.Ordinal);
        var (phonesOf, phones, number) = ("", Array.Empty<string>(), 0);
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (line.Split(',', 2) is not [var name, var rest])
                continue;
            var marks = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (name != phonesOf)
            {
                (phonesOf, phones) = (name, marks);
                continue;
            }
            if (marks.Length != phones.Length)
                throw new InvalidDataException($"{path}:{number}: {marks.Length} accent marks for {phones.Length} phones of {name}");
            labels[name] = Phrases(phones, marks);
            phonesOf = "";
        }
        return labels;
    }

    static List<LabelPhrase> Phrases(string[] phones, string[] marks)
    {
        var phrases = new List<LabelPhrase>();
        var moras = new List<string>();
        var (mora, nucleus, pause) = ("", 0, true);
        void Close(bool silence)
        {
            if (moras.Count > 0)
            {
                phrases.Add(new LabelPhrase([.. moras], nucleus == 0 ? moras.Count : nucleus, pause));
                pause = false;
            }
            moras.Clear();
            (nucleus, pause) = (0, pause || silence);
        }
        for (var i = 0; i < phones.Length; i++)
        {
            if (phones[i] is "pau" or "sil")
            {
                Close(silence: true);
                continue;
            }
            var phone = phones[i] is "A" or "I" or "U" or "E" or "O" ? phones[i].ToLowerInvariant() : phones[i];
            mora += mora.Length == 0 ? phone : " " + phone;
            if (phone is "a" or "i" or "u" or "e" or "o" or "N" or "cl")
            {
                moras.Add(mora);
                mora = "";
            }
            if (marks[i] == "]")
                nucleus = moras.Count;
            else if (marks[i] is "#" or "?")
                Close(silence: false);
        }
        Close(silence: false);
        return phrases;
    }
}
