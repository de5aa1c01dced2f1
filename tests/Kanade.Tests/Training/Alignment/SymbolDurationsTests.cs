using CsCheck;
using Kanade.Text;
using Kanade.Training;

namespace Kanade.Tests.Training.Alignment;

public sealed class SymbolDurationsTests
{
    static readonly string Letters = "aiktɕs↑↓ .ː";

    /// <summary>A text, and for each symbol the blank frames before it and those in which it is heard; frames after all.</summary>
    static readonly Gen<(string Text, (int Blank, int Heard)[] Path, int After)> Speech =
        from symbols in Gen.Select(Gen.Int[0, Letters.Length - 1], Gen.Int[0, 6], Gen.Int[1, 3]).Array[1, 30]
        from after in Gen.Int[0, 8]
        select (string.Concat(symbols.Select(s => Letters[s.Item1])), symbols.Select(s => (s.Item2, s.Item3)).ToArray(), after);

    [Fact]
    public void Sounds_meet_in_the_middle_of_the_frames_between_them_and_marks_last_no_time()
    {
        // Heard:  - a - m m ↓ - i - - - - - k - - -
        (int First, int Last)[] spans = [(0, 0), (1, 1), (3, 4), (5, 5), (7, 7), (13, 13), (13, 13)];

        Assert.Equal([0, 2, 4, 0, 6, 3, 2], SymbolDurations.Of(SymbolTable.IdsOf("am↓ik"), spans, 17)!);
    }

    [Fact]
    public void The_pads_have_what_is_before_the_first_sound_and_after_the_last()
    {
        (int First, int Last)[] heard = [(0, 0), (4, 5), (5, 5)];

        Assert.Equal([3, 4, 3], SymbolDurations.Of(SymbolTable.IdsOf("a"), heard, 10)!);
        Assert.Equal([3, 3, 0], SymbolDurations.Of(SymbolTable.IdsOf("a"), heard, 6)!);
        Assert.Equal([0, 2, 0], SymbolDurations.Of(SymbolTable.IdsOf("a"), [(0, 0), (0, 0), (0, 0)], 2)!);
    }

    [Fact]
    public void They_begin_where_the_times_of_the_same_path_do_to_half_a_frame() => Speech.Sample(speech =>
    {
        var (ids, spans, frames) = PathOf(speech);
        if (SymbolDurations.Of(ids, spans, frames) is not { } durations)
            return;
        var groups = SymbolGroups.Of(speech.Text).Where(g => g.Kind != SymbolKind.Mark).ToArray();
        var times = SpeechAligner.Times(speech.Text, spans, 1, frames);
        for (var i = 0; i < groups.Length; i++)
        {
            // A duration's frames begin a quarter before the middle of their first mel frame, times half.
            var start = durations[..(groups[i].Start + 1)].Sum() - 0.25;
            Assert.InRange(Math.Abs(start - times[i + 1].StartSeconds), 0, 0.51);
        }
    });

    [Fact]
    public void They_add_up_to_the_utterance_and_hold_what_is_heard() => Speech.Sample(speech =>
    {
        var (ids, spans, frames) = PathOf(speech);
        var marks = ids.Select((id, i) => i > 0 && i < ids.Count - 1 && "↑↓ ".Contains(speech.Text[i - 1], StringComparison.Ordinal)).ToArray();
        var durations = SymbolDurations.Of(ids, spans, frames);
        if (marks[1..^1].All(m => m))
        {
            Assert.Null(durations);
            return;
        }
        Assert.Equal(ids.Count, durations!.Length);
        Assert.Equal(frames, durations.Sum());
        Assert.True(durations[0] >= 0 && durations[^1] >= 0);
        var at = durations[0];
        for (var i = 1; i < ids.Count - 1; i++)
        {
            Assert.True(marks[i] ? durations[i] == 0 : durations[i] >= 1);
            if (!marks[i])
                Assert.True(at <= spans[i].First && spans[i].Last < at + durations[i]);
            at += durations[i];
        }
    });

    [Fact]
    public void Any_spans_give_every_symbol_its_frame_or_none_at_all() =>
        Gen.Select(Speech, Gen.Int[0, 40], Gen.Int[0, 40].Array[64]).Sample((speech, frames, places) =>
        {
            var ids = SymbolTable.IdsOf(speech.Text);
            (int First, int Last)[] spans = [.. ids.Select((_, i) => (Math.Min(places[2 * i % 64], frames), Math.Min(places[(2 * i + 1) % 64], frames)))];
            var lasting = SymbolGroups.Of(speech.Text).Where(g => g.Kind != SymbolKind.Mark).Sum(g => g.Length);
            var durations = SymbolDurations.Of(ids, spans, frames);
            Assert.Equal(lasting == 0 || lasting > frames, durations is null);
            if (durations is null)
                return;
            Assert.Equal(frames, durations.Sum());
            Assert.Equal(lasting, durations[1..^1].Count(d => d >= 1));
            Assert.True(durations[0] >= 0 && durations[^1] >= 0);
        });

    static (IReadOnlyList<int> Ids, (int First, int Last)[] Spans, int Frames) PathOf((string Text, (int Blank, int Heard)[] Path, int After) speech)
    {
        List<(int First, int Last)> spans = [(0, 0)];
        var at = 0;
        foreach (var (blank, heard) in speech.Path)
        {
            spans.Add((at + blank, at + blank + heard - 1));
            at += blank + heard;
        }
        spans.Add(spans[^1]);
        return (SymbolTable.IdsOf(speech.Text), [.. spans], at + speech.After);
    }
}
