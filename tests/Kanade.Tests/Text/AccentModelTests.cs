using Kanade.Text;

namespace Kanade.Tests.Text;

public class AccentModelTests
{
    [Theory]
    [InlineData("箸で食べる。", "ハ'シデ")]
    [InlineData("橋を渡る。", "ハシ'オ")]
    [InlineData("端を歩く。", "ハシオ")]
    public void Homophones_differ_in_accent(string text, string first) => Assert.StartsWith(first, Frontend.Kana(text).Replace('ヲ', 'オ'), StringComparison.Ordinal);

    [Fact]
    public void The_learned_model_joins_what_the_rules_cut() =>
        Assert.True(Frontend.Read("勉強している学生がいる。").Phrases.Count < Frontend.ReadByRules("勉強している学生がいる。").Phrases.Count);

    [Fact]
    public void Saved_weights_come_back()
    {
        var model = new FeatureWeights([new(17, 1.5f), new(4000000000, -0.75f), new(0, 0.5f)]);
        using var file = new MemoryStream();
        model.Save(file);
        file.Position = 0;
        var loaded = FeatureWeights.Load(file, "memory");
        Assert.Equal(3, loaded.Count);
        Assert.Equal(1.5, loaded.Score([17]), 1);
        Assert.InRange(loaded.Score([4000000000]), -0.76, -0.74);
        Assert.Equal(0, loaded.Score([18]));
    }

    [Fact]
    public void A_damaged_model_is_refused_by_name()
    {
        var error = Assert.Throws<InvalidDataException>(() => FeatureWeights.Load(new MemoryStream([1, 2, 3]), "x.model"));
        Assert.Contains("x.model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Training_learns_the_accents_of_its_labels()
    {
        // Labels that say ありがとう is one phrase with its nucleus on ガ, against a dictionary that says リ: the model must follow the labels.
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var texts = new List<string>();
            for (var i = 0; i < 12; i++)
            {
                File.WriteAllLines(Path.Combine(folder.FullName, $"s{i:00}.lab"), Label(["a", "r i", "g a", "t o", "o"], 3));
                texts.Add($"s{i:00}\tありがとう。");
            }
            File.WriteAllLines(Path.Combine(folder.FullName, "texts.tsv"), texts);
            var model = Path.Combine(folder.FullName, "accent.model");
            var result = AccentTrainer.Train(new AccentTraining(new AccentLabels(folder.FullName, Path.Combine(folder.FullName, "texts.tsv")), HeldOut: 6), model, new FrontendOptions());
            Assert.Equal(10, result.Sentences);
            Assert.Equal(100, result.Score!.PhraseExact);
            using var frontend = JapaneseFrontend.Open(new FrontendOptions(AccentModel: model));
            Assert.Equal(3, frontend.Phonemize("ありがとう。").Phrases[0].Nucleus);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Other_makers_labels_are_read_from_a_table_and_learnt_beside()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            string At(string name) => Path.Combine(folder.FullName, name);
            File.WriteAllLines(At("s0.lab"), Label(["h a", "sh i"], 1));
            File.WriteAllText(At("texts.tsv"), "s0\t箸\n");
            File.WriteAllLines(At("others.csv"), Enumerable.Range(0, 8).SelectMany(i => new[] { $"r{i},a r i g a t o o", $"r{i},_ _ ] _ _ _ _ #" }));
            File.WriteAllLines(At("others.tsv"), Enumerable.Range(0, 8).Select(i => $"r{i}\tありがとう"));
            var result = AccentTrainer.Train(new AccentTraining(new AccentLabels(folder.FullName, At("texts.tsv")), [new AccentLabels(At("others.csv"), At("others.tsv"))], HeldOut: 0), At("x.model"), new FrontendOptions());
            Assert.Equal(9, result.Sentences);
            Assert.Null(result.Score);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_table_with_a_mark_too_few_is_refused_by_line()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "a,h a i\na,_ ]\n");
            var error = Assert.Throws<InvalidDataException>(() => PhoneAccentTable.Read(path));
            Assert.Contains($"{path}:2: 2 accent marks for 3 phones of a", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_table_of_phones_and_accents_gives_phrases()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "a,h a sh I d e pau h a sh i o\na,_ ] _ _ _ _ # _ [ _ _ #\n");
            var phrases = PhoneAccentTable.Read(path)["a"];
            Assert.Equal([["h a", "sh i", "d e"], ["h a", "sh i", "o"]], phrases.Select(phrase => phrase.Moras));
            Assert.Equal([(1, true), (3, true)], phrases.Select(phrase => (phrase.Nucleus, phrase.PauseBefore)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    static IEnumerable<string> Label(string[] moras, int nucleus)
    {
        yield return "xx^xx-sil+a=r/A:xx+xx+xx/B:x/F:xx_xx#xx_xx@xx_xx|xx_xx/G:x/I:xx-xx@xx/J:x";
        for (var m = 0; m < moras.Length; m++)
        {
            foreach (var phone in moras[m].Split(' '))
                yield return $"x^x-{phone}+x=x/A:{m + 1 - nucleus}+{m + 1}+{moras.Length - m}/B:x/F:{moras.Length}_{nucleus}#0_xx@1_1|1_5/G:x/I:1-5@1/J:x";
        }
        yield return "x^x-sil+xx=xx/A:xx+xx+xx/B:x/F:xx_xx#xx_xx@xx_xx|xx_xx/G:x/I:xx-xx@xx/J:x";
    }
}
