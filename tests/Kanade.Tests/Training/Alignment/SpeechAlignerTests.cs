using Kanade.Corpus;
using Kanade.Models;
using Kanade.Text;
using Kanade.Training;

namespace Kanade.Tests.Training.Alignment;

public sealed class SpeechAlignerTests : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("kanade-align").FullName;
    readonly ToneSpeech _speech = new();

    [Fact]
    public void Sounds_follow_each_other_from_the_beginning_to_the_end()
    {
        var runs = new TinyRuns(_speech, _root);
        runs.TrainAligner(2);
        using var aligner = SpeechAligner.Open(Checkpoint.Open(runs.Aligner, AlignerStage.Name));
        using var dataset = Dataset.Open(_speech.Folder);
        foreach (var utterance in dataset.All)
        {
            var aligned = aligner.Align(utterance.Id, "", utterance.Ids, dataset.Read(utterance).Samples);
            Assert.Equal(["pau", .. SymbolGroups.Phones(utterance.Symbols)], aligned.Phones.Select(p => p.Phone));
            Assert.Equal((0, utterance.Seconds), (aligned.Phones[0].StartSeconds, aligned.Phones[^1].EndSeconds));
            Assert.All(aligned.Phones.Zip(aligned.Phones.Skip(1)), p => Assert.Equal(p.First.EndSeconds, p.Second.StartSeconds));
            Assert.All(aligned.Phones, p => Assert.True(p.StartSeconds <= p.EndSeconds));
            Assert.InRange(aligned.Confidence, 0, 1);
            Assert.Equal(utterance.Ids.Length, aligned.Durations!.Length);
            Assert.Equal(utterance.Frames / 2, aligned.Durations.Sum());
            Assert.All(aligned.Durations[1..^1], frames => Assert.True(frames >= 1));
        }
        Assert.Throws<InvalidDataException>(() => aligner.Align("x", "", [0, .. Enumerable.Repeat(SymbolTable.IdOf('a'), 50), 0], new float[24000]));
        Assert.Throws<InvalidDataException>(() => aligner.Align("x", "", [0, SymbolTable.IdOf('a'), 0], []));
    }

    [Fact]
    public void Sounds_meet_in_the_middle_of_the_frames_between_them_and_begin_at_most_a_frame_before_they_are_heard()
    {
        // Heard, in frames that are centred on 0, 1, 2 … seconds:  - a - m m ↓ - i - - - - - k -
        (int First, int Last)[] spans = [(0, 0), (1, 1), (3, 4), (5, 5), (7, 7), (13, 13), (13, 13)];

        var times = SpeechAligner.Times("am↓ik", spans, 1, 15);

        Assert.Equal(["", "a", "m↓", "i", "k"], times.Select(t => t.Symbols));
        Assert.Equal([0, 0, 2, 5.5, 11.5], times.Select(t => t.StartSeconds));
        Assert.Equal([0, 2, 5.5, 11.5, 15], times.Select(t => t.EndSeconds));
    }

    public void Dispose()
    {
        _speech.Dispose();
        Directory.Delete(_root, true);
    }
}
