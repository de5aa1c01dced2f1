using System.Globalization;
using System.Text.RegularExpressions;

namespace Kanade.Text;

/// <summary>An accent phrase of a label: its moras as phones (devoiced vowels in capitals are voiced), and its nucleus (flat and final alike are the last mora).</summary>
internal sealed record LabelPhrase(IReadOnlyList<string> Moras, int Nucleus, bool PauseBefore);

/// <summary>Reads HTS full-context labels (JSUT, Open JTalk): <c>[start end] p1^p2-p3+p4=p5/A:…/F:moras_nucleus#…</c>, one phone a line.</summary>
internal static partial class FullContextLabels
{
    [GeneratedRegex(@"-([^+]+)\+.*/A:[^+]+\+([^+]+)\+.*(/F:([^_]+)_([^#]+)#.*?)/G:.*(/I:.*?)/J:")]
    private static partial Regex Line();

    public static IReadOnlyList<LabelPhrase> Read(IEnumerable<string> lines, string name)
    {
        var phrases = new List<LabelPhrase>();
        var moras = new List<string>();
        var (mora, nucleus, key, pause, pauseBefore, lastPosition) = ("", 0, "", true, true, 0);
        void Close()
        {
            if (moras.Count > 0)
                phrases.Add(new LabelPhrase([.. moras], Math.Clamp(nucleus, 1, moras.Count), pauseBefore));
            moras.Clear();
        }
        foreach (var line in lines)
        {
            if (line.AsSpan().Trim().IsEmpty)
                continue;
            var match = Line().Match(line);
            if (!match.Success)
                throw new InvalidDataException($"{name}: not a full-context label: {line.Trim()[..Math.Min(60, line.Trim().Length)]}");
            var phone = match.Groups[1].Value;
            if (phone is "sil" or "pau")
            {
                Close();
                (key, pause) = ("", true);
                continue;
            }
            var position = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
            var here = match.Groups[3].Value + match.Groups[6].Value;
            if (here != key || (position == 1 && mora.Length == 0 && lastPosition > 1))
            {
                Close();
                (key, pauseBefore, pause) = (here, pause, false);
                nucleus = int.Parse(match.Groups[5].Value, CultureInfo.InvariantCulture);
            }
            lastPosition = position;
            phone = phone is "A" or "I" or "U" or "E" or "O" ? phone.ToLowerInvariant() : phone;
            mora += mora.Length == 0 ? phone : " " + phone;
            if (phone is "a" or "i" or "u" or "e" or "o" or "N" or "cl")
            {
                moras.Add(mora);
                mora = "";
            }
        }
        Close();
        return phrases;
    }
}
