using CsCheck;
using Kanade.Corpus;

namespace Kanade.Tests.Corpus;

public sealed class SplitAssignmentTests
{
    static SpokenText Said(string key, string speaker = "a", string style = "") => new(speaker, style, key);

    [Fact]
    public void Texts_that_differ_by_little_are_one_group_and_short_words_are_not()
    {
        string[] texts = ["kakimasɯ", "kikimasɯ", "kʲoɯwaiːteɴkidesɯne", "kʲoɯwaiːteɴkidesɯjo", "ɕikaɕiaɕitawaamedaroɯ", "zeɴzeɴtɕigaɯbɯɴɕoɯdesɯ"];
        Array.Sort(texts, StringComparer.Ordinal);
        var groups = NearDuplicates.Groups(texts, Path.GetTempPath());
        Assert.Equal(5, groups.Distinct().Count());
        Assert.Equal(groups[Array.IndexOf(texts, "kʲoɯwaiːteɴkidesɯne")], groups[Array.IndexOf(texts, "kʲoɯwaiːteɴkidesɯjo")]);
    }

    [Fact]
    public void No_text_is_on_two_sides_nor_one_that_differs_in_a_letter() =>
        Gen.Select(Gen.String[Gen.Char['a', 'h'], 16, 40].Array[2, 40], Gen.Int[0, 3], Gen.Int[0, 14]).Sample((texts, seed, at) =>
        {
            var near = texts.Select(t => t.Remove(at, 1)).ToArray();
            var splits = SplitAssignment.Assign([.. texts.Concat(texts).Concat(near).Select(t => Said(t))], new(0.2, 0.2, seed), Path.GetTempPath());
            for (var i = 0; i < texts.Length; i++)
                Assert.True(splits[i] == splits[i + texts.Length] && splits[i] == splits[i + 2 * texts.Length]);
        }, iter: 100, threads: 1);

    [Fact]
    public void Every_voice_with_enough_utterances_is_validated_and_most_is_trained_on()
    {
        var random = new Random(1);
        string Text() => string.Concat(Enumerable.Range(0, 20).Select(_ => (char)('a' + random.Next(26))));
        var said = Enumerable.Range(0, 2000).Select(i => Said(Text(), i < 1980 ? "many" : "few", i % 3 == 0 ? "happy" : "")).ToList();
        var splits = SplitAssignment.Assign(said, new(), Path.GetTempPath());
        var voices = said.Zip(splits).GroupBy(s => (s.First.Speaker, s.First.Style)).Where(g => g.Count() >= 10);
        Assert.All(voices, v => Assert.Contains(v, s => s.Second == Split.Validation));
        Assert.InRange(splits.Count(s => s == Split.Train), 1700, 1900);
        Assert.InRange(splits.Count(s => s == Split.Test), 60, 140);
    }
}
