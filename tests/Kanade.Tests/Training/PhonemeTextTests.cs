using Kanade.Corpus;
using Kanade.Models;
using Kanade.Text;
using Kanade.Training;
using Serilog.Core;

namespace Kanade.Tests.Training;

/// <summary>PL-BERT from text files: what is trained on, in which order, and that a cut changes nothing.</summary>
[Collection(nameof(Alone))]
public sealed class PhonemeTextTests : IDisposable
{
    const int Positions = 128;

    readonly TemporaryFolder _folder = new();
    readonly PhonemeCorpus _corpus;

    public PhonemeTextTests()
    {
        string[] subjects = ["猫", "犬", "先生", "東京の人", "隣の家の子供"], places = ["公園", "駅前", "海", "図書館の裏"], verbs = ["走る", "笑っていた", "本を読んでいます", "ずっと待っている"];
        var text = _folder.File("text.txt");
        File.WriteAllLines(text, from s in subjects from p in places from v in verbs select $"{s}が{p}で{v}。");
        _corpus = new TextCache(_folder.File("cache"), new FrontendOptions(), Logger.None, charactersAShard: 150).Open([text], 2);
    }

    PhonemeText Open(double share = 0.05, int texts = 1000) => PhonemeText.Open(_corpus, Positions, 20, share, texts);

    static string SymbolsOf(TextRow row) => SymbolTable.SymbolsOf(row.Symbols.Select(s => s & PhonemeShard.IdBits));

    static List<string> Epoch(PhonemeText text, long seed)
    {
        var (texts, symbols) = (new List<string>(), 0L);
        foreach (var batch in text.TrainingBatches(0, 2, seed))
        {
            using (batch)
            {
                texts.AddRange(batch.Rows.SelectMany(r => SymbolsOf(r).Split(". ").Select(t => t.TrimEnd('.'))));
                symbols += batch.Rows.Sum(r => SymbolsOf(r).Length);
                // Every sentence ends in a mark, and a gap stands where two meet.
                if (texts.Count >= text.TrainingTexts().Count())
                    return texts;
            }
        }
        throw new InvalidOperationException("batches end");
    }

    [Fact]
    public void An_epoch_has_every_training_text_once_and_nothing_that_is_held_out()
    {
        using var text = Open();
        var held = text.HeldOut.Select(r => SymbolsOf(r).TrimEnd('.')).ToHashSet();
        var training = text.TrainingTexts().Select(t => SymbolTable.SymbolsOf(t).TrimEnd('.')).ToArray();
        Assert.InRange(held.Count, 1, 20);
        Assert.DoesNotContain(training, held.Contains);
        Assert.Equal(80, held.Count + training.Length);
        Assert.Equal(training.Order(StringComparer.Ordinal), Epoch(text, 1).Order(StringComparer.Ordinal));
        Assert.NotEqual(Epoch(text, 1), Epoch(text, 2));
    }

    [Fact]
    public void Batches_from_a_step_on_are_those_of_a_run_from_the_first()
    {
        using var text = Open();
        var whole = Names(0).Take(40).ToArray();
        foreach (var step in new[] { 1, 7, 19, 33 })
            Assert.Equal(whole[step..], Names(step).Take(40 - step));

        IEnumerable<string> Names(long step) => text.TrainingBatches(step, 1, 3).Select(b =>
        {
            using (b)
                return string.Join('|', b.Rows.Select(SymbolsOf));
        });
    }

    [Fact]
    public void The_smallest_draws_are_held_out_and_as_many_as_asked_for_are_looked_at()
    {
        using var many = Open(share: 0.3);
        using var few = Open(share: 0.3, texts: 4);
        Assert.Equal(4, few.HeldOut.Count);
        Assert.Subset(many.HeldOut.Select(SymbolsOf).ToHashSet(), few.HeldOut.Select(SymbolsOf).ToHashSet());
        Assert.Equal(many.TrainingSymbols, few.TrainingSymbols);
        using var one = Open(share: 1e-9);
        Assert.Single(one.HeldOut);
    }

    [Fact]
    public void Too_little_text_is_refused()
    {
        File.WriteAllText(_folder.File("one.txt"), "一つだけ。");
        var corpus = new TextCache(_folder.File("one"), new FrontendOptions(), Logger.None).Open([_folder.File("one.txt")], 1);
        var problem = Assert.Throws<InvalidDataException>(() => PhonemeText.Open(corpus, Positions, 20, 0.01, 10));
        Assert.Contains("too little text", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_over_text_cut_in_two_gives_the_metrics_and_weights_of_one_in_one_piece()
    {
        var (whole, cut) = (_folder.File("whole"), _folder.File("cut"));
        TinyRuns.TrainBert(_corpus, 30, null, whole);
        TinyRuns.TrainBert(_corpus, 30, 17, cut);
        TinyRuns.TrainBert(_corpus, 30, null, cut);
        Assert.Equal(Lines(whole), Lines(cut));
        Assert.Contains(Checkpoint.Open(whole).Parts, p => p == PhonemeBertStage.GraphemeHead);
        foreach (var part in Checkpoint.Open(whole).Parts)
        {
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(Checkpoint.Open(whole).Folder, part + ".safetensors")),
                File.ReadAllBytes(Path.Combine(Checkpoint.Open(cut).Folder, part + ".safetensors")));
        }

        // The one in two pieces validates where it is cut, besides.
        static string[] Lines(string folder) => [.. TinyRuns.Losses(folder).Where(l => !l.Contains("\"step\":17,\"validation", StringComparison.Ordinal))];
    }

    [Fact]
    public void PL_BERT_learns_beyond_where_it_began_and_tells_what_a_5_gram_does()
    {
        var folder = _folder.File("learns");
        TinyRuns.TrainBert(_corpus, 150, null, folder);
        var (measures, progress) = (Checkpoint.Open(folder).State.Measures, Checkpoint.Open(folder).State.Progress!);
        Assert.True(progress.LastScore < 0.8 * progress.FirstScore, $"{progress.FirstScore} to {progress.LastScore}");
        Assert.InRange(measures["ngram_phonemes"], 0.3, 1);
        Assert.All(TinyRuns.Losses(folder).Where(l => l.Contains("validation/", StringComparison.Ordinal)), l => Assert.Contains("ngram_left_words", l, StringComparison.Ordinal));
    }

    [Fact]
    public void The_words_that_the_head_tells_apart_are_in_the_checkpoint()
    {
        TinyRuns.TrainBert(_corpus, 2, null, _folder.File("words"));
        using var text = Open();
        Assert.Contains("で", text.Vocabulary);
        Assert.Equal(text.Vocabulary, Checkpoint.Open(_folder.File("words")).Sizes<GraphemeHeadConfig>(PhonemeBertStage.GraphemeHead).Words);
    }

    public void Dispose() => _folder.Dispose();
}
