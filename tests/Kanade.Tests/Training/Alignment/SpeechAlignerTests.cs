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
        }
        Assert.Throws<InvalidDataException>(() => aligner.Align("x", "", [0, .. Enumerable.Repeat(SymbolTable.IdOf('a'), 50), 0], new float[24000]));
        Assert.Throws<InvalidDataException>(() => aligner.Align("x", "", [0, SymbolTable.IdOf('a'), 0], []));
    }

    public void Dispose()
    {
        _speech.Dispose();
        Directory.Delete(_root, true);
    }
}
