using System.Text.RegularExpressions;

namespace Kanade.Text;

/// <summary>Sentences with hand-made accents: a folder of full-context labels, <c>NAME.lab</c>, searched with what is below it, or a table of phones and accents
/// (<see cref="PhoneAccentTable"/>); and what they say: a file of NAME, TAB, text, one a line, or the YAML of jsut-label.</summary>
public sealed partial record AccentLabels(string Labels, string Texts)
{
    [GeneratedRegex(@"^(?<name>[A-Za-z0-9_-]+):\s*$|^\s+text_level2:\s*(?<text>.*\S)")]
    private static partial Regex YamlLine();

    internal sealed record Sentence(string Name, string Text, Func<IReadOnlyList<LabelPhrase>> Label);

    /// <summary>The sentences that have both, in order of name.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    internal IReadOnlyList<Sentence> Sentences()
    {
        var texts = ReadTexts();
        var labels = Directory.Exists(Labels)
            ? Directory.EnumerateFiles(Labels, "*.lab", SearchOption.AllDirectories).ToDictionary(path => Path.GetFileNameWithoutExtension(path),
                path => (Func<IReadOnlyList<LabelPhrase>>)(() => FullContextLabels.Read(File.ReadLines(path), Path.GetFileNameWithoutExtension(path))))
            : PhoneAccentTable.Read(Labels).ToDictionary(pair => pair.Key, pair => (Func<IReadOnlyList<LabelPhrase>>)(() => pair.Value));
        var sentences = labels.Where(pair => texts.ContainsKey(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new Sentence(pair.Key, texts[pair.Key], pair.Value)).ToArray();
        return sentences.Length > 0 ? sentences
            : throw new InvalidDataException($"{Texts}: no text for any of the {labels.Count} labels in {Labels}: each line needs the name of a label, a TAB, and the text");
    }

    Dictionary<string, string> ReadTexts()
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        var name = "";
        foreach (var line in File.ReadLines(Texts))
        {
            if (line.Split('\t', 2) is [var id, var text])
            {
                texts[id] = text;
                continue;
            }
            var match = YamlLine().Match(line);
            if (match.Groups["name"].Success)
                name = match.Groups["name"].Value;
            else if (match.Success)
                texts[name] = match.Groups["text"].Value.Trim('"', '\'');
        }
        return texts;
    }
}
